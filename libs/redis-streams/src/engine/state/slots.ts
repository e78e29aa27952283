/**
 * How many handlers may run at once: a pool that one or several lanes share. Whoever starts a run takes a slot before, and frees it
 * when the handler has ended, even if nobody waits for its outcome any more.
 */
export class Slots {
  private taken = 0;
  private readonly onFreed: (() => void)[] = [];

  constructor(readonly size: number) {}

  get free(): number {
    return this.size - this.taken;
  }

  take(): void {
    this.taken++;
  }

  release(): void {
    this.taken--;
    for (const listener of this.onFreed) listener();
  }

  /** Each lane hears when a slot is free again, be it another lane's. */
  whenFreed(listener: () => void): void {
    this.onFreed.push(listener);
  }
}
