import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import { INNOCENT_AFTER } from '../../model/policy/lease-rule.js';
import type { Run } from './deliveries/delivery.js';

/**
 * The one place for a suspect in this process, all subscriptions together. What a dead worker left behind is suspect: one
 * of its entries may have killed it. Run side by side, the innocent ones would die with the guilty one each time, and end
 * in the dead letter with it. Innocent is whose run has ended, however, or has lasted for a lease.
 *
 *   free ──take──► taken ──seat──► seated ──► free        when its run has ended, or after a lease
 *     ▲──────────────┘                                     nothing was found to take over, or it needed no run
 */
export class SuspectPlace {
  private isTaken = false;
  private seated: Run | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly waiting = new Set<() => boolean>();

  /** @returns whether it was free, and is the caller's now */
  take(): boolean {
    if (this.isTaken) return false;
    this.isTaken = true;
    return true;
  }

  /** The suspect for which the place was taken runs now. */
  seat(run: Run, leaseMs: number): void {
    this.seated = run;
    this.timer = setTimeout(() => this.free(), Math.min(leaseMs * INNOCENT_AFTER, LONGEST_TIMER_MS)).unref();
  }

  /** A run has ended, most likely one that was no suspect. */
  ended(run: Run): void {
    if (run === this.seated) this.free();
  }

  free(): void {
    clearTimeout(this.timer);
    this.seated = undefined;
    this.isTaken = false;
    this.offer();
  }

  /**
   * Offers the place when it is free, once, to one after the other in the order in which they asked.
   * @param accept returns false when it cannot use the place now
   */
  whenFree(accept: () => boolean): void {
    this.waiting.add(accept);
    if (!this.isTaken) this.offer();
  }

  private offer(): void {
    for (const accept of this.waiting) {
      this.waiting.delete(accept);
      if (accept()) return;
    }
  }
}
