import { errorText, stackText } from '../model/error-text.js';
import { RetryLaterError, toError } from '../model/errors.js';
import type { DeadLetterReason } from '../model/retry-policy.js';
import type { DeliveryEvent, StreamHooks } from '../model/hooks.js';
import type { Log } from '../model/log.js';
import type { Delivery } from './delivery.js';
import type { SubscriptionOptions } from './subscription-options.js';

/** What a subscription has done since it started. */
export interface OutcomeCounts {
  acked: number;
  failed: number;
  deadLettered: number;
  /** Runs whose entry another consumer owned by the time they ended. */
  leaseLost: number;
  /** Runs whose group vanished under them; their entries are delivered again. */
  groupLost: number;
  /** Entries taken over from other consumers. */
  takenOver: number;
}

/** Tells people about settled outcomes: logs, hooks and counts. Never a payload. */
export class OutcomeReport {
  readonly counts: OutcomeCounts = {
    acked: 0,
    failed: 0,
    deadLettered: 0,
    leaseLost: 0,
    groupLost: 0,
    takenOver: 0,
  };

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly log: Log,
    private readonly hooks: StreamHooks,
  ) {}

  failed(delivery: Delivery, error: Error, retryInMs: number): void {
    this.counts.failed++;
    // Wanted by the handler, and for a task that polls the usual course.
    if (error instanceof RetryLaterError)
      this.log.debug(`${this.about(delivery)} postponed: ${errorText(error).message}`);
    else this.log.warn(`${this.about(delivery)} failed, next try in ${retryInMs} ms: ${stackText(error)}`);
    this.callHook('deliveryFailed', { ...this.event(delivery, error), retryInMs });
  }

  deadLettered(delivery: Delivery, error: Error, reason: DeadLetterReason): void {
    this.counts.deadLettered++;
    const kept = this.options.deadLetter !== undefined;
    const fate = kept ? 'went to the dead letter' : 'was dropped (deadLetter is false)';
    this.log.error(`${this.about(delivery)} ${fate}, ${reason}: ${stackText(error)}`);
    this.callHook('deadLettered', { ...this.event(delivery, error), reason, kept });
  }

  deadLetterRefused(delivery: Delivery, redisError: string, retryInMs: number): void {
    this.log.error(
      `${this.about(delivery)} cannot be dead-lettered, next try in ${retryInMs} ms; its entry stays pending: ${redisError}`,
    );
  }

  lost(delivery: Delivery): void {
    this.counts.leaseLost++;
    this.log.warn(
      `${this.about(delivery)} lost its lease: the entry is another consumer's now, or was deleted; this run settles nothing.`,
    );
  }

  groupLost(delivery: Delivery): void {
    this.counts.groupLost++;
    this.log.warn(`${this.about(delivery)} lost its group; the entry may run again.`);
  }

  takenOver(id: string, deliveryCount: number, from: string): void {
    this.counts.takenOver++;
    this.log.warn(
      `${this.options.stream} (${this.options.group}): took over entry ${id} from '${from}', which has been silent for longer ` +
        `than its lease; this is delivery ${deliveryCount} of ${this.options.retry.maxDeliveries}.`,
    );
  }

  gone(id: string): void {
    this.log.warn(
      `${this.options.stream} (${this.options.group}): entry ${id} was deleted or trimmed from the stream before it was done.`,
    );
  }

  private about(delivery: Delivery): string {
    const { stream, group, entryId, deliveryCount, maxDeliveries } = delivery;
    return `${stream} (${group}): entry ${entryId}, delivery ${deliveryCount} of ${maxDeliveries},`;
  }

  private event({ stream, group, entryId, deliveryCount }: Delivery, error: Error): DeliveryEvent {
    return { stream, group, entryId, deliveryCount, error };
  }

  private callHook<K extends keyof StreamHooks>(name: K, event: Parameters<NonNullable<StreamHooks[K]>>[0]): void {
    const report = (error: unknown) => this.log.error(`The hook '${name}' threw: ${stackText(toError(error, 'It'))}`);
    try {
      const returned: unknown = (this.hooks[name] as ((event: unknown) => unknown) | undefined)?.(event);
      if (returned instanceof Promise) returned.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
