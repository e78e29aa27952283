import type { Verdict } from '../../model/policy/retry-policy.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { Group } from '../../model/ports/group.js';
import type { SettleReply } from '../../model/ports/settlement.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { Turn } from '../../timing/turn.js';
import type { EngineEvents } from '../events.js';
import type { Lease } from '../state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { GroupSetup } from '../group/group-setup.js';
import { type Batch, type Judged, keptBy, settleCommand, sizeOf, takeOutExcess } from './batch.js';
import type { Conclusion } from './conclusion.js';
import { isDelivered, type Successors } from './successors.js';

export interface SettlementParts {
  readonly group: Group;
  readonly groupSetup: GroupSetup;
  readonly conclusion: Conclusion;
  readonly successors: Successors;
  readonly events: EngineEvents;
  readonly turn: Turn;
}

/** Less than a full house of results waits so long for more to come, where the last settlement is not longer ago, in milliseconds. */
const GATHER_MS = 5;
/** A full house of so few is settled before the next read is sent, which hardly waits for it; a longer script would hold it up. */
const SHORT_BATCH = 16;
/**
 * So many results of which some are kept do not wait for more: each takes Redis ten times as long as a plain one, and
 * the next read waits behind the script that keeps them while its handlers idle.
 */
const MANY_KEPT = 32;
/** So many failures at a time, each with its place in the script's arguments and a dead letter's stack: Redis does nothing else meanwhile. */
const MOST_FAILED = 500;
/** How soon a dead letter that Redis refused is tried again. */
const REFUSED_RETRY_MS = 5_000;

/** How the settlement of results fares. */
export interface SettlingStatus {
  /** How long the settlement under way has been waiting for its answer, in milliseconds; 0 when there is none. */
  readonly waitingMs: number;
  /** Why it could not settle so far. */
  readonly failure: string | undefined;
  /** Why Redis takes no dead letter at present. */
  readonly deadLetterFailure: string | undefined;
  /** Why what tasks forward cannot be added at present. */
  readonly forwardFailure?: string | undefined;
}

/**
 * Carries verdicts to Redis in fenced scripts, one under way at a time: what comes meanwhile goes with the next, so that
 * the busier Redis is, the more each script settles. A settlement whose answer is lost is repeated until it is answered,
 * which is safe because the fence lets nothing happen twice; the handler is not run again for it.
 */
export class Settlement {
  private next = { done: [] as Lease[], forwarding: [] as Lease[], failed: [] as Judged[] };
  /** How much those that are done keep, in characters. */
  private nextKept = 0;
  private underWay: Promise<void> | undefined;
  /** Dead letters that Redis refused, and tasks that owe what they forward: waiting to be tried again. */
  private readonly postponed = new Set<Promise<void>>();
  private flushedAt = -Infinity;
  private gathering: NodeJS.Timeout | undefined;
  /** How many attempts have failed. */
  failures = 0;
  private isClosed = false;
  private failure: string | undefined;
  private deadLetterFailure: string | undefined;
  /** Redis's error code when records could not be kept last. */
  private unkept = '';

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: SettlementParts,
  ) {
    const { turn } = parts;
    turn.beforeNext(() => {
      if (this.isFull && sizeOf(this.next) <= SHORT_BATCH) this.flush();
    });
    turn.afterNext(() => this.flushWhenGathered());
  }

  /** The lease's run has ended, or there was none. Never throws and never waits. */
  push(lease: Lease, verdict: Verdict): void {
    if (verdict.kind === 'ack') {
      lease.result = verdict.result;
      lease.kept = verdict.note;
      this.pushDone(lease);
    } else {
      this.next.failed.push({ lease, verdict });
    }
    this.parts.turn.request();
  }

  private pushDone(lease: Lease): void {
    if (lease.forwards) return void this.next.forwarding.push(lease);
    this.next.done.push(lease);
    if (lease.kept) this.nextKept += keptBy([lease]);
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
      forwardFailure: postponed.size > 0 ? this.parts.successors.failure : undefined,
    };
  }

  /** Whether as many results wait as handlers may run, or as are many where some are kept. */
  private get isFull(): boolean {
    const { concurrency } = this.options;
    return sizeOf(this.next) >= (this.nextKept > 0 ? Math.min(concurrency, MANY_KEPT) : concurrency);
  }

  private flushWhenGathered(): void {
    if (this.underWay || sizeOf(this.next) === 0) return;
    if (this.isFull || performance.now() - this.flushedAt >= GATHER_MS) this.flush();
    else this.gathering ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.underWay || sizeOf(this.next) === 0) return;
    this.flushedAt = performance.now();
    this.failure = undefined;
    const { done, forwarding, failed } = this.next;
    const batch: Batch = {
      done,
      failed: failed.splice(0, MOST_FAILED),
      ...(forwarding.length > 0 && { forwarding }),
    };
    const left = forwarding.length > 0 ? takeOutExcess(forwarding, keptBy(forwarding)) : [];
    this.next = { done: takeOutExcess(done, this.nextKept), forwarding: left, failed };
    this.nextKept = keptBy(this.next.done);
    this.underWay = this.settle(batch).finally(() => {
      this.underWay = undefined;
      if (sizeOf(this.next) > 0) this.parts.turn.request();
    });
  }

  private async settle(batch: Batch): Promise<void> {
    const command = settleCommand(batch, this.options);
    const delivered = batch.forwarding?.filter(isDelivered) ?? [];
    const retryDelay = new RetryDelay();
    let reply: SettleReply | undefined;
    let mayHaveRun = false;
    let sentAt = 0;
    while (!reply) {
      if (this.isClosed) return;
      sentAt = performance.now();
      try {
        reply = await this.parts.group.settle(command);
      } catch (error) {
        this.failure = failureText(error);
        this.failures++;
        if (failureKindOf(error) === 'group-missing') {
          // What was pending comes back with the group, and is settled as if nothing had happened.
          await this.parts.groupSetup.ensure().catch(() => undefined);
        } else {
          if (!mayHaveRun)
            this.parts.events.emit({ type: 'settlementDelayed', entries: sizeOf(batch), reason: this.failure });
          mayHaveRun = true;
        }
        await retryDelay.wait();
      }
    }
    this.tellUnkept(reply.unkept);
    const wasRepeated = mayHaveRun || reply.wasResent;
    const left = this.parts.conclusion.conclude(batch, reply, { sentAt, wasRepeated });
    if (!left) return;
    for (const lease of left.again.done) this.pushDone(lease);
    this.next.failed.push(...left.again.failed);
    if (left.refused.length > 0) this.postpone(this.settleLater(left.refused, reply.failed));
    if (left.owing) this.postpone(this.deliver(left.owing, sentAt));
    const { lost } = reply;
    if (delivered.length > 0) this.parts.successors.forget(delivered.filter(({ entryId }) => !lost.has(entryId)));
  }

  /** What they owe is added, and then they are acked; each attempt begins with finding out whether they are still held. */
  private async deliver(owing: readonly Lease[], heldAt: number): Promise<void> {
    for await (const leases of this.parts.successors.deliver(owing, heldAt)) {
      for (const lease of leases) this.pushDone(lease);
      this.parts.turn.request();
    }
  }

  private tellUnkept(reason: string): void {
    // Which command it was changes from task to task.
    const [code] = reason.split(' ', 1) as [string];
    if (code === '' || code === this.unkept) return;
    this.unkept = code;
    this.parts.events.emit({ type: 'recordsRefused', reason });
  }

  private postpone(work: Promise<void>): void {
    const postponed = work.finally(() => this.postponed.delete(postponed));
    this.postponed.add(postponed);
  }

  /** The dead-letter stream took no entry (wrong type, out of memory): these stay held, their leases renewed. */
  private async settleLater(refused: readonly Judged[], errors: ReadonlyMap<string, string>): Promise<void> {
    const delay = new RetryDelay(REFUSED_RETRY_MS);
    for (const { lease } of refused) {
      this.deadLetterFailure = errors.get(lease.entryId)!;
      const reason = this.deadLetterFailure;
      this.parts.events.emit({ type: 'deadLetterRefused', lease, reason, retryInMs: delay.longestMs });
    }
    await delay.waitLongest();
    this.next.failed.push(...refused);
    this.parts.turn.request();
  }
}
