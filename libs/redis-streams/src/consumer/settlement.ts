import { DEAD_LETTER_HEADERS } from '../model/header-contract.js';
import type { Verdict } from '../model/retry-policy.js';
import type { GroupCommands, SettleCommand, SettleReply, Whereabouts } from '../redis/group-commands.js';
import { classifyRedisError, describeRedisError } from '../redis/redis-errors.js';
import type { Log } from '../model/log.js';
import type { Delivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { OutcomeReport } from './outcome-report.js';
import type { RecentIds } from './recent-ids.js';
import { RetryDelay } from './retry-delay.js';
import type { SubscriptionOptions } from './subscription-options.js';
import type { Turn } from './turn.js';

interface Judged {
  readonly delivery: Delivery;
  readonly verdict: Verdict;
}

export interface SettlementEvents {
  /** A retry was parked. */
  parked(delayMs: number): void;
  /** Redis no longer knows the group. */
  groupMissing(): void;
}

/**
 * Carries verdicts to Redis: all of one turn in one fenced script. A settlement whose answer is lost is repeated until
 * it is answered, which is safe because the fence lets nothing happen twice; the handler is not run again for it.
 */
export class Settlement {
  private judged: Judged[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private isClosed = false;
  private breaks = 0;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: GroupCommands,
    private readonly inFlight: InFlight,
    private readonly report: OutcomeReport,
    private readonly log: Log,
    private readonly events: SettlementEvents,
    private readonly turn: Turn,
    private readonly recentlyAcked: RecentIds,
  ) {
    turn.onEnd(() => this.flush());
  }

  push(delivery: Delivery, verdict: Verdict): void {
    this.judged.push({ delivery, verdict });
    this.turn.request();
  }

  /** Resolves when nothing is left to settle. */
  async drained(): Promise<void> {
    this.flush();
    while (this.underWay.size > 0 || this.judged.length > 0) {
      await Promise.all(this.underWay);
      this.flush();
    }
  }

  /** The connection broke: what is under way is sent again, and may have been settled the first time. */
  linkBroke(): void {
    this.breaks++;
  }

  /** Gives up what is not answered yet: its entries stay pending, for others to take over. */
  close(): void {
    this.isClosed = true;
  }

  private flush(): void {
    if (this.judged.length === 0) return;
    const batch = this.judged;
    this.judged = [];
    const settled = this.settle(batch).finally(() => this.underWay.delete(settled));
    this.underWay.add(settled);
  }

  private async settle(batch: readonly Judged[]): Promise<void> {
    const command = this.toCommand(batch);
    const retryDelay = new RetryDelay();
    const breaksBefore = this.breaks;
    let reply: SettleReply | undefined;
    while (!reply) {
      if (this.isClosed) return;
      try {
        reply = await this.commands.settle(command);
      } catch (error) {
        if (classifyRedisError(error) === 'group-missing') {
          this.loseGroup(batch);
          return;
        }
        if (retryDelay.attempts === 0) this.tellDelay(batch, error);
        await retryDelay.wait();
      }
    }
    await this.conclude(batch, reply, retryDelay.attempts > 0 || this.breaks !== breaksBefore);
  }

  private tellDelay(batch: readonly Judged[], error: unknown): void {
    const { stream, group } = this.options;
    this.log.warn(
      `${stream} (${group}): cannot settle ${batch.length} entries yet, trying on: ${describeRedisError(error)}`,
    );
  }

  private toCommand(batch: readonly Judged[]): SettleCommand {
    const command = { acks: [], retries: [], deadLetters: [] } as {
      [K in keyof SettleCommand]: SettleCommand[K][number][];
    };
    for (const { delivery, verdict } of batch) {
      const { entryId: id, deliveryCount } = delivery;
      if (verdict.kind === 'retry') {
        command.retries.push({
          id,
          deliveryCount,
          delayMs: verdict.delayMs,
          keepCount: Math.max(0, verdict.deliveryCount),
        });
      } else if (verdict.kind === 'dead-letter' && this.options.deadLetter) {
        const { maxLen } = this.options.deadLetter;
        command.deadLetters.push({ id, deliveryCount, maxLen, headers: deadLetterHeaders(delivery, verdict) });
      } else {
        command.acks.push({ id, deliveryCount });
      }
    }
    return command;
  }

  private async conclude(batch: readonly Judged[], reply: SettleReply, wasRepeated: boolean): Promise<void> {
    const refused: Judged[] = [];
    for (const judged of batch) {
      const { delivery, verdict } = judged;
      if (reply.failed.has(delivery.entryId)) {
        refused.push(judged);
        continue;
      }
      this.inFlight.disown(delivery);
      const whereabouts = reply.lost.get(delivery.entryId);
      if (whereabouts === undefined || (wasRepeated && isWhere(verdict, whereabouts)))
        this.concludeOne(delivery, verdict);
      else {
        // Done, though nobody will know: should a lost group bring it here again, it need not run again.
        if (verdict.kind === 'ack' && whereabouts === 'gone') this.recentlyAcked.add(delivery.entryId);
        this.report.lost(delivery);
      }
    }
    if (refused.length > 0) await this.settleLater(refused, reply.failed);
  }

  private concludeOne(delivery: Delivery, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'ack':
        this.report.counts.acked++;
        this.recentlyAcked.add(delivery.entryId);
        break;
      case 'retry':
        this.events.parked(verdict.delayMs);
        this.report.failed(delivery, verdict.error, verdict.delayMs);
        break;
      case 'dead-letter':
        this.report.deadLettered(delivery, verdict.error, verdict.reason);
        break;
    }
  }

  /** The dead-letter stream took no entry (wrong type, out of memory): these stay owned, their leases renewed. */
  private async settleLater(refused: readonly Judged[], errors: ReadonlyMap<string, string>): Promise<void> {
    const delay = new RetryDelay(5_000);
    for (const { delivery } of refused) {
      this.report.deadLetterRefused(delivery, errors.get(delivery.entryId)!, delay.longestMs);
    }
    await delay.waitLongest();
    this.judged.push(...refused);
    this.turn.request();
  }

  private loseGroup(batch: readonly Judged[]): void {
    for (const { delivery } of batch) {
      this.inFlight.disown(delivery);
      this.report.groupLost(delivery);
    }
    this.events.groupMissing();
  }
}

/** Whether an entry is where the verdict would have put it: then the first of several settlements did, unanswered. */
function isWhere(verdict: Verdict, whereabouts: Whereabouts): boolean {
  return whereabouts === (verdict.kind === 'retry' ? 'parked' : 'gone');
}

function deadLetterHeaders(delivery: Delivery, verdict: Verdict & { kind: 'dead-letter' }): string[] {
  const { stream, group, entryId, deliveryCount } = delivery;
  const { error, reason } = verdict;
  const names = DEAD_LETTER_HEADERS;
  const headers = [
    ...[names.reason, reason],
    ...[names.error, `${error.name}: ${error.message}`.slice(0, 2_000).toWellFormed()],
    ...[names.stream, stream],
    ...[names.group, group],
    ...[names.entryId, entryId],
    ...[names.deliveries, String(deliveryCount)],
    ...[names.at, new Date().toISOString()],
  ];
  if (error.stack) headers.push(names.stack, error.stack.slice(0, 8_000).toWellFormed());
  return headers;
}
