import type { GroupPause } from '../model/groups/group-pause.js';
import type { DeadLetterVerdict, EndVerdict, RetryVerdict } from '../model/policy/retry-policy.js';
import type { RawEntry } from '../model/entry.js';
import type { EnsureGroupReply } from '../model/ports/group.js';
import type { TaskLife } from '../model/tasks/task-life.js';
import type { Lease, Run } from './state/deliveries/delivery.js';
import type { SubscriptionOptions } from './subscription-options.js';

/** All that happens in the engine and may interest somebody. Whoever wants to know observes; nothing in the engine depends on it. */
export type EngineEvent =
  /** Entries that no consumer had before have come, and are about to be started; `serverNow` is Redis's clock as far as known. Told once a read. */
  | { readonly type: 'delivered'; readonly entries: readonly RawEntry[]; readonly serverNow: number }
  /** A task that was redriven, or is replayed, has come for the first time in that life; `serverNow` as above. */
  | { readonly type: 'revived'; readonly entryId: string; readonly life: TaskLife; readonly serverNow: number }
  /** An entry is about to be settled without a run: it cannot be decoded, was delivered too often, was cancelled, or is done and owes. */
  | { readonly type: 'unread'; readonly entry: RawEntry }
  /** A handler is about to be called. */
  | { readonly type: 'started'; readonly run: Run }
  /** Settled well, with result and run time: all that one script acked, so that it costs nothing per task. */
  | { readonly type: 'completed'; readonly leases: readonly Lease[] }
  /** Settled: a retry is scheduled, as the run failed or asked for it. */
  | { readonly type: 'retryScheduled'; readonly lease: Lease; readonly verdict: RetryVerdict }
  /** Settled: it is in the dead letter, or dropped where none is kept. */
  | { readonly type: 'deadLettered'; readonly lease: Lease; readonly verdict: DeadLetterVerdict }
  /** Settled: it was cancelled, or has expired. */
  | { readonly type: 'ended'; readonly lease: Lease; readonly verdict: EndVerdict }
  | { readonly type: 'deadLetterRefused'; readonly lease: Lease; readonly reason: string; readonly retryInMs: number }
  /** The application stops before the run was done: its entry goes to others, uncounted. */
  | { readonly type: 'handedBack'; readonly lease: Lease }
  /** Entries that were held and not started go to others as the application stops. */
  | { readonly type: 'unstartedHandedBack'; readonly count: number }
  /** Another consumer has the entry, or it was deleted; what runs on it settles nothing. */
  | { readonly type: 'leaseLost'; readonly lease: Lease; readonly learnedBy: 'renewal' | 'settlement' }
  /** The group vanished while the entry was held. */
  | { readonly type: 'groupLost'; readonly lease: Lease }
  /** The entry was deleted or trimmed from the stream before it was done. */
  | { readonly type: 'entryDeleted'; readonly entryId: string }
  /** An entry was claimed from another consumer, which is dead. */
  | { readonly type: 'takenOver'; readonly entryId: string; readonly deliveryCount: number; readonly from: string }
  /** Results cannot be settled at once; it is tried on. */
  | { readonly type: 'settlementDelayed'; readonly entries: number; readonly reason: string }
  /** What tasks that are done forward cannot be added at once; it is tried on, and they are acked after that. Told once for each stream and reason. */
  | { readonly type: 'forwardsDelayed'; readonly entries: number; readonly reason: string }
  /** A run did what has no effect. */
  | { readonly type: 'runRemark'; readonly run: Run; readonly text: string }
  /** All is settled, but what is kept of tasks cannot be written; told once for each error code. */
  | { readonly type: 'recordsRefused'; readonly reason: string }
  | { readonly type: 'loopInterrupted'; readonly reason: string }
  /** It is interrupted for one more reason. */
  | { readonly type: 'loopStillInterrupted'; readonly reason: string }
  | { readonly type: 'loopResumed'; readonly afterMs: number }
  /** Somebody has paused the group, or has given the pause another reason or end: nothing is started, what runs goes on. */
  | { readonly type: 'paused'; readonly pause: GroupPause }
  /** The pause is over. */
  | { readonly type: 'resumed'; readonly pause: GroupPause }
  | { readonly type: 'groupCreated'; readonly reply: EnsureGroupReply }
  | { readonly type: 'groupRestored'; readonly reply: EnsureGroupReply }
  /** The group's mark cannot be kept, which does not pass by itself. */
  | { readonly type: 'marksFailed'; readonly reason: string; readonly remedy: string }
  | { readonly type: 'marksRecovered'; readonly marksKey: string }
  | { readonly type: 'consumersRemoved'; readonly names: readonly string[] };

export type EngineEventType = EngineEvent['type'];

export type EngineEventOf<T extends EngineEventType> = Extract<EngineEvent, { readonly type: T }>;

/** Has a method for each event that it wants. None of them may throw or wait: the engine's bookkeeping goes on behind them. */
export type EngineObserver = {
  readonly [T in EngineEventType]?: (event: EngineEventOf<T>, of: SubscriptionOptions) => void;
};

/** Where one subscription tells its events. */
export class EngineEvents {
  constructor(
    private readonly of: SubscriptionOptions,
    private readonly observers: readonly EngineObserver[],
  ) {}

  /** Whether anybody does: for what happens for each task, and has to be made for it. It does not change. */
  wants(type: EngineEventType): boolean {
    return this.observers.some((observer) => observer[type] !== undefined);
  }

  emit(event: EngineEvent): void {
    for (const observer of this.observers) {
      (observer[event.type] as ((event: EngineEvent, of: SubscriptionOptions) => void) | undefined)?.call(
        observer,
        event,
        this.of,
      );
    }
  }
}
