import { ACK, type DeadLetterVerdict, type RetryVerdict, type Verdict } from '../../model/policy/retry-policy.js';
import type { Group } from '../../model/ports/group.js';
import type {
  DeadLetterCommand,
  Ownership,
  RetryCommand,
  SettleCommand,
  SettleReply,
} from '../../model/ports/settlement.js';
import type { Holder } from '../../model/ports/settlement.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { Log } from '../../model/log.js';
import { deadLetterHeaders } from './dead-letter-headers.js';
import type { Delivery } from './delivery.js';
import type { InFlight } from '../state/in-flight.js';
import type { KnownLife } from '../state/known-life.js';
import type { OutcomeReport } from '../observers/outcome-report.js';
import type { RecentIds } from '../state/recent-ids.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { Turn } from '../../timing/turn.js';

interface Judged {
  readonly delivery: Delivery;
  readonly verdict: RetryVerdict | DeadLetterVerdict;
}

/** What one script settles; the many that are done need no more than themselves. */
interface Batch {
  readonly done: Delivery[];
  readonly failed: Judged[];
}

/** Less than a full house of results waits so long for more to come, where the last settlement is not longer ago, in milliseconds. */
const GATHER_MS = 5;
/** A full house of so few is settled before the next read is sent, which hardly waits for it; a longer script would hold it up. */
const SHORT_BATCH = 16;
/** So many failures at a time, each with its place in the script's arguments and a dead letter's stack: Redis does nothing else meanwhile. */
const MOST_FAILED = 500;

/** How the settlement of results fares. */
export interface SettlingStatus {
  /** How long the settlement under way has been waiting for its answer, in milliseconds; 0 when there is none. */
  readonly waitingMs: number;
  /** Why it could not settle so far. */
  readonly failure: string | undefined;
  /** Why Redis takes no dead letter at present. */
  readonly deadLetterFailure: string | undefined;
}

export interface SettlementEvents {
  /** A retry was parked. */
  parked(entryId: string, delayMs: number): void;
  /** Redis no longer knows the group. Resolves when it is there again. */
  groupMissing(): Promise<void>;
}

/**
 * Carries verdicts to Redis in fenced scripts, one under way at a time: what comes meanwhile goes with the next, so that
 * the busier Redis is, the more each script settles. A settlement whose answer is lost is repeated until it is answered,
 * which is safe because the fence lets nothing happen twice; the handler is not run again for it.
 */
export class Settlement {
  private next: Batch = { done: [], failed: [] };
  private underWay: Promise<void> | undefined;
  /** Dead letters that Redis refused, waiting to be tried again. */
  private readonly postponed = new Set<Promise<void>>();
  private flushedAt = -Infinity;
  private gathering: NodeJS.Timeout | undefined;
  private isClosed = false;
  private failure: string | undefined;
  private deadLetterFailure: string | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: Group,
    private readonly inFlight: InFlight,
    private readonly report: OutcomeReport,
    private readonly log: Log,
    private readonly events: SettlementEvents,
    private readonly turn: Turn,
    private readonly recentlyAcked: RecentIds,
    private readonly life: KnownLife,
  ) {
    turn.beforeNext(() => {
      if (this.isFull && this.waiting <= SHORT_BATCH) this.flush();
    });
    turn.afterNext(() => this.flushWhenGathered());
  }

  push(delivery: Delivery, verdict: Verdict): void {
    if (verdict.kind === 'ack') this.next.done.push(delivery);
    else this.next.failed.push({ delivery, verdict });
    this.turn.request();
  }

  /** Resolves when nothing is left to settle. */
  async drained(): Promise<void> {
    for (;;) {
      this.flush();
      if (this.underWay) await this.underWay;
      else if (this.postponed.size > 0) await Promise.all(this.postponed);
      else return;
    }
  }

  /** Gives up what is not answered yet: its entries stay pending, for others to take over. */
  close(): void {
    this.isClosed = true;
  }

  status(): SettlingStatus {
    const { underWay, flushedAt, failure, postponed, deadLetterFailure } = this;
    return {
      waitingMs: underWay ? performance.now() - flushedAt : 0,
      failure: underWay && failure,
      deadLetterFailure: postponed.size > 0 ? deadLetterFailure : undefined,
    };
  }

  private get waiting(): number {
    return this.next.done.length + this.next.failed.length;
  }

  /** Whether as many results wait as there are slots. */
  private get isFull(): boolean {
    return this.waiting >= this.options.concurrency;
  }

  private flushWhenGathered(): void {
    if (this.underWay || this.waiting === 0) return;
    if (this.isFull || performance.now() - this.flushedAt >= GATHER_MS) this.flush();
    else this.gathering ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.underWay || this.waiting === 0) return;
    this.flushedAt = performance.now();
    this.failure = undefined;
    const { done, failed } = this.next;
    const batch = { done, failed: failed.splice(0, MOST_FAILED) };
    this.next = { done: [], failed };
    this.underWay = this.settle(batch).finally(() => {
      this.underWay = undefined;
      if (this.waiting > 0) this.turn.request();
    });
  }

  private async settle(batch: Batch): Promise<void> {
    const command = this.toCommand(batch);
    const retryDelay = new RetryDelay();
    let reply: SettleReply | undefined;
    let mayHaveRun = false;
    let sentAt = 0;
    while (!reply) {
      if (this.isClosed) return;
      sentAt = performance.now();
      try {
        reply = await this.commands.settle(command);
      } catch (error) {
        this.failure = failureText(error);
        if (failureKindOf(error) === 'group-missing') {
          // What was pending comes back with the group, and is settled as if nothing had happened.
          await this.events.groupMissing().catch(() => undefined);
        } else {
          mayHaveRun = true;
          if (retryDelay.attempts === 0) this.tellDelay(batch, this.failure);
        }
        await retryDelay.wait();
      }
    }
    this.conclude(this.exceptGivenAgain(batch, reply, sentAt), reply, mayHaveRun || reply.wasResent);
  }

  private tellDelay({ done, failed }: Batch, failure: string): void {
    const { stream, group } = this.options;
    this.log.warn(
      `${stream} (${group}): cannot settle ${done.length + failed.length} entries yet, trying on: ${failure}`,
    );
  }

  private toCommand({ done, failed }: Batch): SettleCommand {
    const acks: Ownership[] = done;
    const retries: RetryCommand[] = [];
    const deadLetters: DeadLetterCommand[] = [];
    const dropped: Ownership[] = [];
    for (const { delivery, verdict } of failed) {
      const { entryId, deliveryCount } = delivery;
      if (verdict.kind === 'retry') {
        const keepCount = Math.max(0, verdict.deliveryCount);
        retries.push({ entryId, deliveryCount, delayMs: verdict.delayMs, keepCount });
      } else if (this.options.deadLetter) {
        const { maxLen } = this.options.deadLetter;
        deadLetters.push({ entryId, deliveryCount, maxLen, headers: deadLetterHeaders(delivery, verdict) });
      } else {
        dropped.push(delivery);
      }
    }
    return { acks: dropped.length > 0 ? [...acks, ...dropped] : acks, retries, deadLetters };
  }

  /** What came again while its settlement was under way, as a lost group was restored, is owned again: settled once more. */
  private exceptGivenAgain(batch: Batch, { lost }: SettleReply, sentAt: number): Batch {
    if (lost.size === 0) return batch;
    const isGivenAgain = ({ entryId, givenAt }: Delivery) => lost.get(entryId) === 'nobody' && givenAt > sentAt;
    for (const delivery of batch.done) if (isGivenAgain(delivery)) this.push(delivery, ACK);
    for (const { delivery, verdict } of batch.failed) if (isGivenAgain(delivery)) this.push(delivery, verdict);
    return {
      done: batch.done.filter((delivery) => !isGivenAgain(delivery)),
      failed: batch.failed.filter(({ delivery }) => !isGivenAgain(delivery)),
    };
  }

  private conclude({ done, failed }: Batch, reply: SettleReply, wasRepeated: boolean): void {
    const { lost } = reply;
    for (const delivery of done) {
      this.inFlight.disown(delivery);
      const holder = lost.size > 0 ? lost.get(delivery.entryId) : undefined;
      this.concludeDone(delivery, holder, wasRepeated);
    }
    const refused: Judged[] = [];
    for (const judged of failed) {
      const { delivery, verdict } = judged;
      if (reply.failed.has(delivery.entryId)) {
        refused.push(judged);
        continue;
      }
      this.inFlight.disown(delivery);
      const holder = lost.get(delivery.entryId);
      if (holder === undefined || (wasRepeated && isHolderAfter(verdict, holder)))
        this.concludeFailure(delivery, verdict);
      else this.tellLost(delivery, holder);
    }
    if (refused.length === 0) return;
    const postponed = this.settleLater(refused, reply.failed).finally(() => this.postponed.delete(postponed));
    this.postponed.add(postponed);
  }

  private concludeDone(delivery: Delivery, holder: Holder | undefined, wasRepeated: boolean): void {
    const { entryId, givenAt } = delivery;
    // It was settled once, came again with a lost group, and was settled before that was known.
    const isSettledBefore = holder === 'nobody' && this.recentlyAcked.lifeOf(entryId) !== undefined;
    // Should a lost group bring it here again, it need not run again: remembered with the life that it was delivered in, as
    // the group may have been lost since, and the entry be on its way here a second time.
    if (holder === undefined || isNobody(holder)) this.recentlyAcked.add(entryId, this.life.at(givenAt));
    // One whose entry was deleted meanwhile is done like any other: there is only nothing to ack.
    const isDone = holder === undefined || holder === 'deleted' || (wasRepeated && holder === 'nobody');
    if (isDone) this.report.completed(delivery);
    else if (!isSettledBefore) this.tellLost(delivery, holder);
  }

  private concludeFailure(delivery: Delivery, verdict: Judged['verdict']): void {
    if (verdict.kind === 'retry') {
      this.events.parked(delivery.entryId, verdict.delayMs);
      this.report.willRunAgain(delivery, verdict);
    } else {
      this.report.deadLettered(delivery, verdict);
    }
  }

  /** The dead-letter stream took no entry (wrong type, out of memory): these stay owned, their leases renewed. */
  private async settleLater(refused: readonly Judged[], errors: ReadonlyMap<string, string>): Promise<void> {
    const delay = new RetryDelay(5_000);
    for (const { delivery } of refused) {
      this.deadLetterFailure = errors.get(delivery.entryId)!;
      this.report.deadLetterRefused(delivery, this.deadLetterFailure, delay.longestMs);
    }
    await delay.waitLongest();
    this.next.failed.push(...refused);
    this.turn.request();
  }

  private tellLost(delivery: Delivery, holder: Holder): void {
    if (holder === 'nobody' && this.life.hasChangedSince(delivery.startedAt)) this.report.groupLost(delivery);
    else if (holder === 'deleted') this.report.gone(delivery.entryId);
    else this.report.lost(delivery);
  }
}

/** Whether an entry is where the verdict would have put it: then the first of several settlements did, unanswered. */
function isHolderAfter(verdict: Judged['verdict'], holder: Holder): boolean {
  return verdict.kind === 'retry' ? holder === 'retry' : isNobody(holder);
}

/** Nobody has it pending. */
function isNobody(holder: Holder): boolean {
  return holder === 'nobody' || holder === 'deleted';
}
