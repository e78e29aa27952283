import type { EndVerdict } from '../../model/policy/retry-policy.js';
import type { Holder, SettleReply } from '../../model/ports/settlement.js';
import type { EngineEvents } from '../events.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import type { Lease } from '../state/deliveries/delivery.js';
import type { KnownLife } from '../group/known-life.js';
import type { Progress } from '../state/progress.js';
import type { RecentlyAcked } from '../group/recently-acked.js';
import type { RetrySchedule } from '../state/retry-schedule.js';
import type { Batch, Judged } from './batch.js';

export interface ConclusionParts {
  readonly deliveries: Deliveries;
  readonly retries: RetrySchedule;
  readonly life: KnownLife;
  readonly recentlyAcked: RecentlyAcked;
  readonly progress: Progress;
  readonly events: EngineEvents;
}

/** How a settlement came to its reply. */
interface Attempt {
  /** When the last attempt was sent, on performance.now's clock. */
  readonly sentAt: number;
  /** An earlier one may have been carried out, though its answer did not come. */
  readonly wasRepeated: boolean;
}

/** What is to be settled once more: at once, and the dead letters that Redis refused later. */
interface Unsettled {
  readonly again: Batch;
  readonly refused: readonly Judged[];
  /** Done, and owing what they forward. */
  readonly owing?: readonly Lease[];
}

/** What the reply to a settlement means for each of its leases: they end here, and the outcome is told. */
export class Conclusion {
  constructor(private readonly parts: ConclusionParts) {}

  /** @returns what is left to settle, if anything may be */
  conclude(batch: Batch, reply: SettleReply, { sentAt, wasRepeated }: Attempt): Unsettled | undefined {
    const { lost, failed: errors, cancelled } = reply;
    // Nearly always: all of it is settled.
    if (lost.size === 0 && batch.failed.length === 0 && !batch.forwarding) {
      for (const lease of batch.done) this.acked(lease, true);
      this.completed(batch.done);
      return undefined;
    }
    const again: Batch = { done: [], failed: [] };
    const refused: Judged[] = [];
    const owing: Lease[] = [];
    this.completed(
      [...batch.done, ...(batch.forwarding ?? [])].filter((lease) => {
        const holder = lost.get(lease.entryId);
        if (this.concludeOwing(lease, reply)) owing.push(lease);
        else if (isGivenAgain(lease, holder, sentAt)) again.done.push(lease);
        else return this.concludeDone(lease, holder, wasRepeated);
        return false;
      }),
    );
    for (const judged of batch.failed) {
      const { lease } = judged;
      const holder = lost.get(lease.entryId);
      if (errors.has(lease.entryId)) refused.push(judged);
      else if (isGivenAgain(lease, holder, sentAt)) again.failed.push(judged);
      else if (cancelled.has(lease.entryId))
        this.ended(lease, { kind: 'end', state: 'cancelled', error: judged.verdict.error });
      else this.concludeFailed(judged, holder, wasRepeated);
    }
    return { again, refused, ...(owing.length > 0 && { owing }) };
  }

  /** @returns whether it was settled now */
  private concludeDone(lease: Lease, holder: Holder | undefined, wasRepeated: boolean): boolean {
    const { recentlyAcked, deliveries } = this.parts;
    // It was settled once, came again with a lost group, and was settled before that was known.
    const isSettledBefore = holder === 'nobody' && recentlyAcked.lifeOf(lease.entryId) !== undefined;
    const isSettled = holder === undefined || (wasRepeated && holder === 'nobody');
    if (isSettled || isNobody(holder)) this.acked(lease, isSettled);
    else deliveries.release(lease);
    // One whose entry was deleted meanwhile is done like any other: there is only nothing to ack.
    if (isSettled || holder === 'deleted') return true;
    if (!isSettledBefore) this.tellLost(lease, holder);
    return false;
  }

  /** What is stored counts: an earlier run may have ended well, and have forwarded something else. @returns whether it owes */
  private concludeOwing(lease: Lease, { owing }: SettleReply): boolean {
    const owed = owing?.get(lease.entryId);
    if (!owed) return false;
    lease.forwards = owed.forwards;
    lease.kept = owed.note && { ...owed.note, waiter: lease.waiter };
    return true;
  }

  private concludeFailed({ lease, verdict }: Judged, holder: Holder | undefined, wasRepeated: boolean): void {
    const { deliveries, retries, progress, events } = this.parts;
    deliveries.release(lease);
    // Where it is where the verdict would have put it, the first of several settlements did, unanswered.
    const isThere = holder !== undefined && (verdict.kind === 'retry' ? holder === 'retry' : isNobody(holder));
    if (holder !== undefined && !(wasRepeated && isThere)) return this.tellLost(lease, holder);
    if (verdict.kind === 'end') return this.ended(lease, verdict);
    if (verdict.kind === 'dead-letter') {
      progress.finished++;
      return events.emit({ type: 'deadLettered', lease, verdict });
    }
    retries.add(lease.entryId, verdict.delayMs);
    if (verdict.because === 'shutdown') events.emit({ type: 'handedBack', lease });
    else events.emit({ type: 'retryScheduled', lease, verdict });
  }

  /**
   * Should a lost group bring it here again, it need not run again: remembered with the life that it was delivered in, as the
   * group may have been lost since, and the entry be on its way here a second time.
   *
   * Not where the ack alone would be too little: its result is to be kept or its key freed, and the settlement was in vain; or it forwards,
   * which a failover may have taken back together with the ack. It runs again, and what it has forwarded is known.
   */
  private acked(lease: Lease, isSettled: boolean): void {
    const { deliveries, recentlyAcked, life } = this.parts;
    deliveries.release(lease);
    const isMoreThanAck = lease.kept !== undefined || lease.key?.byAnyEnd;
    if (lease.forwards || (isMoreThanAck && !isSettled)) return;
    recentlyAcked.add(lease.entryId, life.at(lease.givenAt));
  }

  private ended(lease: Lease, verdict: EndVerdict): void {
    const { deliveries, progress, events } = this.parts;
    deliveries.release(lease);
    progress.finished++;
    events.emit({ type: 'ended', lease, verdict });
  }

  private completed(leases: readonly Lease[]): void {
    if (leases.length === 0) return;
    this.parts.progress.finished += leases.length;
    this.parts.events.emit({ type: 'completed', leases });
  }

  private tellLost(lease: Lease, holder: Holder): void {
    const { life, events } = this.parts;
    if (holder === 'nobody' && life.hasChangedSince(lease.takenAt)) events.emit({ type: 'groupLost', lease });
    else if (holder === 'deleted') events.emit({ type: 'entryDeleted', entryId: lease.entryId });
    else events.emit({ type: 'leaseLost', lease, learnedBy: 'settlement' });
  }
}

/** What came again while its settlement was under way, as a lost group was restored, is held again: it is settled once more. */
function isGivenAgain(lease: Lease, holder: Holder | undefined, sentAt: number): boolean {
  return holder === 'nobody' && lease.givenAt > sentAt;
}

/** It is pending no more. */
function isNobody(holder: Holder): boolean {
  return holder === 'nobody' || holder === 'deleted';
}
