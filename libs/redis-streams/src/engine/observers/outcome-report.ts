import { errorText, userFrames } from '../../model/errors/error-text.js';
import type { DeliveryEvent } from '../../model/hooks.js';
import type { Log } from '../../model/log.js';
import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { Delivery } from '../runs/delivery.js';
import type { EventListeners } from './event-listeners.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** What a subscription has done since it started. */
export interface OutcomeCounts {
  acked: number;
  failed: number;
  /** Runs that ended with a RetryLaterError. */
  postponed: number;
  /** Runs that were not done when the application stopped. */
  handedBack: number;
  deadLettered: number;
  /** Runs whose entry another consumer owned by the time they ended. */
  leaseLost: number;
  /** Runs whose group vanished under them; their entries are delivered again. */
  groupLost: number;
  /** Entries taken over from other consumers. */
  takenOver: number;
}

/** Tells people about settled outcomes: logs, events and counts. Never a payload. */
export class OutcomeReport {
  readonly counts: OutcomeCounts = {
    acked: 0,
    failed: 0,
    postponed: 0,
    handedBack: 0,
    deadLettered: 0,
    leaseLost: 0,
    groupLost: 0,
    takenOver: 0,
  };

  /** Asked once: most applications do not listen for what went well, and should not pay for it. */
  private readonly tellsCompleted: boolean;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly log: Log,
    private readonly listeners: EventListeners,
  ) {
    this.tellsCompleted = listeners.has('completed');
  }

  completed(delivery: Delivery): void {
    this.counts.acked++;
    if (this.tellsCompleted) this.listeners.tell('completed', asEvent(delivery));
  }

  willRunAgain(delivery: Delivery, verdict: RetryVerdict): void {
    if (verdict.because === 'shutdown') this.handedBack(delivery);
    else if (verdict.because === 'postponed') this.postponed(delivery, verdict);
    else this.failed(delivery, verdict);
  }

  handedBack(delivery: Delivery): void {
    this.counts.handedBack++;
    const event = asEvent(delivery);
    this.log.log(`${this.about(delivery)} was handed back, uncounted: the application stops.`, event);
    this.listeners.tell('handedBack', event);
  }

  deadLettered(delivery: Delivery, { error, remark, reason, deliveries }: DeadLetterVerdict): void {
    this.counts.deadLettered++;
    const kept = this.options.deadLetter !== undefined;
    const fate = kept ? 'went to the dead letter' : 'was dropped (deadLetter is false)';
    const text = errorText(error, remark);
    const event = { ...asEvent(delivery), deliveryCount: deliveries };
    this.log.error(`${this.about(delivery, deliveries)} ${fate}, ${reason}: ${text}${userFrames(error)}`, event);
    this.listeners.tell('deadLettered', { ...event, error, errorText: text, reason, kept });
  }

  deadLetterRefused(delivery: Delivery, redisError: string, retryInMs: number): void {
    this.log.error(
      `${this.about(delivery)} cannot be dead-lettered, next try in ${retryInMs} ms; its entry stays pending: ${redisError}`,
      asEvent(delivery),
    );
  }

  lost(delivery: Delivery): void {
    this.counts.leaseLost++;
    this.log.warn(
      `${this.about(delivery)} lost its lease: the entry is another consumer's now, or was deleted; this run settles nothing.`,
      asEvent(delivery),
    );
  }

  groupLost(delivery: Delivery): void {
    this.counts.groupLost++;
    this.log.warn(`${this.about(delivery)} lost its group; the entry may run again.`, asEvent(delivery));
  }

  takenOver(id: string, deliveryCount: number, from: string): void {
    this.counts.takenOver++;
    const { stream, group, retry } = this.options;
    const next =
      deliveryCount > retry.maxDeliveries
        ? `it was started ${deliveryCount - 1} times and is not again`
        : `this is delivery ${deliveryCount} of ${retry.maxDeliveries}`;
    this.log.warn(
      `${stream} (${group}): took over entry ${id} from '${from}', which has been silent for longer ` +
        `than its lease; ${next}.`,
      { stream, group, entryId: id, deliveryCount },
    );
  }

  gone(id: string): void {
    const { stream, group } = this.options;
    this.log.warn(`${stream} (${group}): entry ${id} was deleted or trimmed from the stream before it was done.`, {
      stream,
      group,
      entryId: id,
    });
  }

  private failed(delivery: Delivery, { error, remark, delayMs }: RetryVerdict): void {
    this.counts.failed++;
    const text = errorText(error, remark);
    const event = asEvent(delivery);
    this.log.warn(`${this.about(delivery)} failed, next try in ${delayMs} ms: ${text}${userFrames(error)}`, event);
    this.listeners.tell('deliveryFailed', { ...event, error, errorText: text, retryInMs: delayMs });
  }

  /** Wanted by the handler, and for a task that polls the usual course: no warning. */
  private postponed(delivery: Delivery, { error, remark, delayMs }: RetryVerdict): void {
    this.counts.postponed++;
    const text = errorText(error, remark);
    const event = asEvent(delivery);
    this.log.debug(`${this.about(delivery)} was postponed by ${delayMs} ms, uncounted: ${text}`, event);
    this.listeners.tell('postponed', { ...event, error, errorText: text, retryInMs: delayMs });
  }

  private about(delivery: Delivery, deliveryCount = delivery.deliveryCount): string {
    const { stream, group, entryId, maxDeliveries } = delivery;
    return `${stream} (${group}): entry ${entryId}, delivery ${deliveryCount} of ${maxDeliveries},`;
  }
}

function asEvent({ stream, group, entryId, deliveryCount }: Delivery): DeliveryEvent {
  return { stream, group, entryId, deliveryCount };
}
