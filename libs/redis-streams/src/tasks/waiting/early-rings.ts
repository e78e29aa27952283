/** So many are remembered at least, and twice as many at most: a producer has not more adds under way, and a ring that is forgotten only costs time. */
const MANY = 2_000;

/**
 * Tasks that somebody was rung for before their add was answered here: two connections know no order. Whatever else is rung for nobody
 * is among them, and forgotten in time.
 */
export class EarlyRings {
  private recent = new Set<string>();
  private older = new Set<string>();

  add(key: string): void {
    if (this.recent.size >= MANY) [this.older, this.recent] = [this.recent, new Set()];
    this.recent.add(key);
  }

  /** @returns whether the task was among them */
  take(key: string): boolean {
    return this.recent.delete(key) || this.older.delete(key);
  }
}
