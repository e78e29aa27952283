import type { GroupLife } from '../../model/groups/group-life.js';

/** Which life the group is in, as far as this process has heard, and since when. */
export class KnownLife {
  private before: GroupLife | undefined;
  private since = -Infinity;
  private life: GroupLife | undefined;

  /** undefined while it is not known: then nothing is known to be done. */
  get current(): GroupLife | undefined {
    return this.life;
  }

  learn(life: GroupLife | undefined): void {
    if (life?.id === this.life?.id && life?.restores === this.life?.restores) return;
    this.before = this.life;
    this.life = life;
    this.since = performance.now();
  }

  /** Whether the group was lost, moved back or restored since a time, on performance.now's clock. */
  hasChangedSince(time: number): boolean {
    return time < this.since && this.before !== undefined;
  }

  /** What was known at a time, on performance.now's clock. */
  at(time: number): GroupLife | undefined {
    return time < this.since ? this.before : this.life;
  }
}
