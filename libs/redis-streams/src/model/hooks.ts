import type { DeadLetterReason } from './policy/retry-policy.js';

/** Which delivery an event is about. Never holds the payload. */
export interface DeliveryEvent {
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
  /** Runs started on the entry, this one included. */
  readonly deliveryCount: number;
}

/** A delivery that ended with an error. */
export interface FailureEvent extends DeliveryEvent {
  /** What the handler, or whatever stands around it, threw. */
  readonly error: Error;
  /** The error in one text, as in the log and in `~dead-error`: name, message, what a validation found, causes. At most 2,000 characters. */
  readonly errorText: string;
}

export interface DeliveryFailedEvent extends FailureEvent {
  /** Milliseconds until the next run. */
  readonly retryInMs: number;
}

export interface PostponedEvent extends FailureEvent {
  /** Milliseconds until the next run. */
  readonly retryInMs: number;
}

export interface DeadLetteredEvent extends FailureEvent {
  readonly reason: DeadLetterReason;
  /** false where the handler's `deadLetter` is false: the entry was acked and is only logged. */
  readonly kept: boolean;
}

/**
 * What may be told of a task: functions for the `hooks` option; a provider listens with `@OnStreamEvent`. Each is called after
 * its outcome is settled in Redis, once by the process that settled it (a crash in between tells nobody). Keep them short.
 * What they throw is logged and changes nothing; a stop of the application waits for promises that they return. See docs/events.md.
 */
export interface StreamHooks {
  /** The handler has done its task: the entry is acked. */
  completed?(event: DeliveryEvent): unknown;
  /** The run failed and a retry is scheduled. */
  deliveryFailed?(event: DeliveryFailedEvent): unknown;
  /** The handler threw a RetryLaterError: it runs again later, uncounted. Nothing went wrong. */
  postponed?(event: PostponedEvent): unknown;
  /** The application stops before the run was done: another worker may run it at once, uncounted. */
  handedBack?(event: DeliveryEvent): unknown;
  /** No run is left, or none would help: the entry went to the dead letter. */
  deadLettered?(event: DeadLetteredEvent): unknown;
  /** Somebody has cancelled the task, and it was not done: `error` is what its handler ended with. Nothing is told of one that was not started yet. */
  cancelled?(event: FailureEvent): unknown;
  /** The task has reached its deadline before it was done. */
  expired?(event: FailureEvent): unknown;
}

export type StreamEventName = keyof StreamHooks;

/** What listeners of an event are given. */
export type StreamEvent<E extends StreamEventName> = Parameters<NonNullable<StreamHooks[E]>>[0];

export const STREAM_EVENT_NAMES = [
  'completed',
  'deliveryFailed',
  'postponed',
  'handedBack',
  'deadLettered',
  'cancelled',
  'expired',
] as const satisfies readonly StreamEventName[];
