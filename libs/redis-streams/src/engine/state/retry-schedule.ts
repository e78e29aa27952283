import type { DueClock, DueTime } from '../../timing/due-clock.js';

const MOST_KEPT = 1_000;

interface OwnRetry {
  readonly scheduledAt: number;
  readonly dueAt: number;
}

/**
 * When scheduled retries are due: as Redis says, whose clock decides; and, for those that this process scheduled, by its own
 * clock. The server's may be set back: then all that was scheduled before would be late by as much. Of very many the server's
 * clock alone decides.
 */
export class RetrySchedule {
  private readonly own = new Map<string, OwnRetry>();
  private readonly due: DueTime;
  /** How often there was a reason to look. */
  private looks = 0;

  constructor(clock: DueClock) {
    this.due = clock.register();
  }

  get isDue(): boolean {
    return this.due.isDue;
  }

  /** This process has scheduled a retry. */
  add(entryId: string, delayMs: number): void {
    const now = performance.now();
    if (this.own.size >= MOST_KEPT) this.takeOut(({ dueAt }) => dueAt <= now, MOST_KEPT);
    if (this.own.size < MOST_KEPT) this.own.set(entryId, { scheduledAt: now, dueAt: now + delayMs });
    this.due.noLaterThan(delayMs);
  }

  /** Something may be due that was left to others. */
  lookSoon(): void {
    this.looks++;
    this.due.noLaterThan(0);
  }

  /** Redis says when the next one is due; Infinity: none is scheduled. */
  nextIn(ms: number): void {
    this.due.set(Math.max(0, ms));
  }

  /**
   * Redis is about to be asked.
   * @returns `nextIn` for its answer, which knows nothing of a reason to look that has come up meanwhile
   */
  ask(): (nextInMs: number) => void {
    const { looks } = this;
    return (ms) => this.nextIn(looks === this.looks ? ms : 0);
  }

  /** Takes out up to `limit` that are due now and were scheduled before the server's clock was set back, at the given time. */
  takeLate(setBackAt: number, limit: number): string[] {
    const now = performance.now();
    return this.takeOut(({ scheduledAt, dueAt }) => scheduledAt < setBackAt && dueAt <= now, limit);
  }

  private takeOut(matches: (retry: OwnRetry) => boolean, limit: number): string[] {
    const ids: string[] = [];
    for (const [id, retry] of this.own) {
      if (ids.length >= limit) break;
      if (matches(retry)) ids.push(id);
    }
    for (const id of ids) this.own.delete(id);
    return ids;
  }
}
