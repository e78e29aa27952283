import type { LeaseRange } from '../../model/ports/claims.js';
import { DISTURBED_BEYOND, SMALLEST_DISTURBANCE_MS, STABLE_AFTER } from '../../model/policy/lease-rule.js';

const MOST_KEPT = 50;
/** How far two clocks may part: twice as fast as a time service slews one. */
const CLOCK_DRIFT = 0.001;

/** Something that may have made renewed leases look ended, and how long it may have lasted. */
interface Disturbance {
  readonly at: number;
  readonly magnitudeMs: number;
}

/**
 * Tells which leases can be judged. Redis counts idle time on while it is frozen or down, so that right after a disturbance
 * every healthy worker's entries look abandoned; whoever judges them must first let the others renew. A disturbance is a new
 * connection, an answer that came late, a gap without any answer, or a step of the server's clock.
 *
 * It matters to a lease when it may have lasted for longer than the time between two renewals, and until the lease's owner had
 * time to renew: see `lease-rule`.
 */
export class LinkStability {
  /** In the order of time, each smaller than the one before: a later one that is as long hides it. */
  private disturbances: Disturbance[] = [{ at: performance.now(), magnitudeMs: Infinity }];
  private lastAnswerAt = performance.now();
  /** Server time minus this process's clock. */
  private offset: number | undefined;
  /** How far from the truth it may be: the answer was written at any time since the question. */
  private offsetErrorMs = 0;
  private offsetLearnedAt = 0;
  private setBackAt = -Infinity;

  /** A break whose length nobody knows, such as a new connection. */
  disturbed(magnitudeMs = Infinity): void {
    if (magnitudeMs < SMALLEST_DISTURBANCE_MS) return;
    const kept = this.disturbances.filter((earlier) => earlier.magnitudeMs > magnitudeMs);
    kept.push({ at: performance.now(), magnitudeMs });
    this.disturbances = kept.slice(0, MOST_KEPT);
  }

  /**
   * An answer came.
   * @param sentAt when the command was sent, by performance.now
   * @param expectedMs how long the server was asked to wait before it answers
   */
  answered(sentAt: number, expectedMs = 0, serverNow?: number): void {
    const now = performance.now();
    this.disturbed(now - sentAt - expectedMs);
    // A worker whose slots are all busy hears of Redis only every third of its lease; that alone must not count.
    this.disturbed((sentAt - this.lastAnswerAt) / 1.5);
    this.lastAnswerAt = now;
    if (serverNow !== undefined) this.learnTime(serverNow, sentAt, now);
  }

  private learnTime(serverNow: number, sentAt: number, now: number): void {
    const offset = serverNow - (sentAt + now) / 2;
    const errorMs = (now - sentAt) / 2;
    if (this.offset !== undefined) {
      const knownErrorMs = this.errorAt(now);
      this.disturbed(Math.abs(offset - this.offset));
      if (this.offset - offset > knownErrorMs + errorMs + SMALLEST_DISTURBANCE_MS) this.setBackAt = now;
      // A late answer, as of a server that was frozen, says less of its clock than one before it that came at once, unless they contradict each other.
      if (errorMs > knownErrorMs && Math.abs(offset - this.offset) <= errorMs + knownErrorMs) return;
    }
    this.offset = offset;
    this.offsetErrorMs = errorMs;
    this.offsetLearnedAt = now;
  }

  /** Whether an owner with such a lease can be judged now. */
  isStable(leaseMs: number): boolean {
    return this.unstableLeases().every(
      ({ longerThanMs, shorterThanMs }) => leaseMs <= longerThanMs || leaseMs >= shorterThanMs,
    );
  }

  /** The leases that cannot be judged now, for whoever has several owners to judge. */
  unstableLeases(): readonly LeaseRange[] {
    const now = performance.now();
    return this.disturbances
      .map(({ at, magnitudeMs }) => ({
        longerThanMs: (now - at) / STABLE_AFTER,
        shorterThanMs: magnitudeMs / DISTURBED_BEYOND,
      }))
      .filter(({ longerThanMs, shorterThanMs }) => longerThanMs < shorterThanMs);
  }

  /** When the server's clock was last seen to have been set back, on performance.now's clock. */
  get serverSetBackAt(): number {
    return this.setBackAt;
  }

  /** The server time that a script sent now would see; a frozen server or a stepped clock is far from it. */
  get expectedServerNow(): number | undefined {
    return this.offset === undefined ? undefined : performance.now() + this.offset;
  }

  /** The server's time, or somewhat less: as far as answers tell it. What must not happen too early goes by this one. */
  get leastServerNow(): number | undefined {
    const expected = this.expectedServerNow;
    return expected === undefined ? undefined : expected - this.errorAt(performance.now());
  }

  private errorAt(now: number): number {
    return this.offsetErrorMs + (now - this.offsetLearnedAt) * CLOCK_DRIFT;
  }
}
