import type { DeadLetterReason } from './retry-policy.js';

/** Which delivery an event is about. Never holds the payload. */
export interface DeliveryEvent {
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
  readonly deliveryCount: number;
  readonly error: Error;
}

export interface DeliveryFailedEvent extends DeliveryEvent {
  /** Milliseconds until the next run. */
  readonly retryInMs: number;
}

export interface DeadLetteredEvent extends DeliveryEvent {
  readonly reason: DeadLetterReason;
  /** false where the handler's `deadLetter` is false: the entry was acked and is only logged. */
  readonly kept: boolean;
}

/** For metrics and alerts. Called after the outcome is settled in Redis; keep them short. */
export interface StreamHooks {
  deliveryFailed?(event: DeliveryFailedEvent): void;
  deadLettered?(event: DeadLetteredEvent): void;
}
