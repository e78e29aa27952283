import type { GroupPause } from '../model/groups/group-pause.js';
import type { SettlingStatus } from './runs/settlement.js';
import type { LoopPhase } from './loop/loop-state.js';

/** A run that settles nothing any more, and holds its slot until its handler ends. */
export interface StuckRun {
  readonly entryId: string;
  readonly runningMs: number;
  /** For how long it has gone on though its time was over, or somebody cancelled it; undefined where it has only lost its lease. */
  readonly overdueMs: number | undefined;
}

/** What one subscription of this process is doing. All durations are milliseconds. */
export interface SubscriptionStatus {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  /** What the handler is called in the app's code, where that is known. */
  readonly handlerName?: string | undefined;
  readonly concurrency: number;
  /** Handlers that run now, stuck ones included. */
  readonly running: number;
  /** Runs that have begun since the start. */
  readonly begun: number;
  /** Runs that were told to end (by a timeout, a deadline or a cancel) or lost their lease, and still hold a slot. */
  readonly stuck: readonly StuckRun[];
  /** How often reading and claiming, renewing leases, and settling have failed since the start. */
  readonly failures: { readonly read: number; readonly lease: number; readonly settle: number };
  readonly phase: LoopPhase;
  readonly reason: string | undefined;
  /** Epoch milliseconds of the last change of phase. */
  readonly phaseSinceMs: number;
  /** How long a read is overdue; negative while one may still block, undefined before the first. Without meaning while all slots are busy. */
  readonly readOverdueMs: number | undefined;
  readonly sinceRenewalMs: number;
  /** Why the last renewal failed. */
  readonly renewalFailure: string | undefined;
  readonly leaseMs: number;
  readonly settling: SettlingStatus;
  /** Since Redis answered about this group last: it is asked every ten seconds at least. */
  readonly sinceAnswerMs: number;
  /** For how long it had answered by then without a break of twenty seconds. */
  readonly answeredForMs: number;
  /** Why the connection for settlement and control cannot be used now, as far as is known. */
  readonly controlTrouble: string | undefined;
  /** Why the group's mark cannot be kept, while that is so. */
  readonly marksFailure: string | undefined;
  /** Why nothing is started; undefined where the group is not paused. */
  readonly pause: GroupPause | undefined;
}
