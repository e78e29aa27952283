import type { LoopPhase } from './loop-state.js';
import type { OutcomeCounts } from './outcome-report.js';

/** What one subscription of this process is doing. All durations are milliseconds. */
export interface SubscriptionStatus {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly concurrency: number;
  /** Handlers that run now, forsaken ones included. */
  readonly running: number;
  /** Runs that timed out or lost their lease and still hold a slot. */
  readonly forsaken: readonly { readonly entryId: string; readonly runningMs: number }[];
  readonly phase: LoopPhase;
  readonly reason: string | undefined;
  /** Epoch milliseconds of the last change of phase. */
  readonly phaseSinceMs: number;
  readonly sinceReadMs: number | undefined;
  readonly sinceRenewalMs: number;
  readonly leaseMs: number;
  readonly blockMs: number;
  readonly counts: OutcomeCounts;
}
