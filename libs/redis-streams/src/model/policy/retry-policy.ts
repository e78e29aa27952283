import {
  backoffMs,
  type BackoffFunction,
  FALLBACK_DELAY_MS,
  type ResolvedBackoffOptions,
  usableDelayMs,
} from './backoff.js';
import type { TaskNote } from '../ports/settlement.js';
import { DecodeError, RetryLaterError, UnrecoverableError } from '../errors/errors.js';

/** Why an entry went to the dead letter. */
export type DeadLetterReason =
  | 'max-deliveries' // it failed, or its worker died, as often as `maxDeliveries` allows
  | 'max-age' // RetryLaterError kept it beyond `maxAgeMs`
  | 'unrecoverable' // the handler threw an UnrecoverableError
  | 'rejected-by-pipe' // a pipe refused the payload: it would refuse it again
  | 'undecodable' // a field that should be JSON is not
  | 'unusable-result'; // the result that is to be kept is no JSON, or too large: another run would return the like

/** Why an entry runs again: something failed, the handler asked for it, or the application stops. */
export type RetryCause = 'failure' | 'postponed' | 'shutdown';

interface AfterError {
  readonly error: Error;
  /** What people should know beside the error. */
  readonly remark?: string | undefined;
}

export interface RetryVerdict extends AfterError {
  readonly kind: 'retry';
  readonly because: RetryCause;
  readonly delayMs: number;
  readonly deliveryCount: number;
}

export interface DeadLetterVerdict extends AfterError {
  readonly kind: 'dead-letter';
  readonly reason: DeadLetterReason;
  /** Runs that were started on the entry. */
  readonly deliveries: number;
  /** The trace context of the last run, where it was traced. */
  readonly traceparent?: string | undefined;
}

export interface AckVerdict {
  readonly kind: 'ack';
  /** What the handler returned. */
  readonly result: unknown;
  /** Where the result is kept. */
  readonly note?: TaskNote;
}

/** It ends, neither done nor failed: somebody has cancelled it, or its time is over. */
export interface EndVerdict extends AfterError {
  readonly kind: 'end';
  readonly state: 'cancelled' | 'expired';
}

/** What becomes of an entry. */
export type Verdict = AckVerdict | RetryVerdict | DeadLetterVerdict | EndVerdict;

export interface RetryPolicy {
  readonly maxDeliveries: number;
  readonly maxAgeMs: number;
  readonly backoff: ResolvedBackoffOptions | BackoffFunction;
}

/** What is known of a failed delivery when its fate is decided. */
export interface FailedDelivery {
  readonly error: Error;
  readonly rejectedByPipe: boolean;
  /** The app stops and aborted the run. */
  readonly isShutdown: boolean;
  /** Runs started on the entry, this one included. */
  readonly deliveryCount: number;
  /** Time since the entry was added, in milliseconds. */
  readonly ageMs: number;
}

/** Most handlers return nothing. */
export const ACK: AckVerdict = { kind: 'ack', result: undefined };

/** The whole policy after a failure: a pure function of what happened, without effect. */
export function verdictAfterFailure(
  policy: RetryPolicy,
  failed: FailedDelivery,
  random = Math.random(),
): RetryVerdict | DeadLetterVerdict {
  const { error, deliveryCount } = failed;
  const deadLetter = (reason: DeadLetterReason): DeadLetterVerdict => ({
    kind: 'dead-letter',
    reason,
    deliveries: deliveryCount,
    error,
  });
  if (failed.isShutdown) return retryIn(0, deliveryCount - 1, error, 'shutdown');
  if (error instanceof DecodeError) return deadLetter('undecodable');
  if (error instanceof UnrecoverableError) return deadLetter('unrecoverable');
  if (error instanceof RetryLaterError) {
    if (failed.ageMs + error.delayMs > policy.maxAgeMs) return deadLetter('max-age');
    return retryIn(error.delayMs, deliveryCount - 1, error, 'postponed');
  }
  if (failed.rejectedByPipe) return deadLetter('rejected-by-pipe');
  if (deliveryCount >= policy.maxDeliveries) return deadLetter('max-deliveries');
  return retryIn(delayAfter(policy, deliveryCount, error, random), deliveryCount, error, 'failure');
}

/** The verdict before a start: an entry whose workers died `maxDeliveries` times must not take down another one. */
export function verdictBeforeStart(policy: RetryPolicy, deliveryCount: number): DeadLetterVerdict | undefined {
  if (deliveryCount <= policy.maxDeliveries) return undefined;
  const deliveries = deliveryCount - 1;
  const error = new Error(
    `${deliveries} deliveries were started and none was settled: the worker died or lost its lease.`,
  );
  return { kind: 'dead-letter', reason: 'max-deliveries', deliveries, error };
}

/** The one door for waits: no other number gets from here to Redis. */
function retryIn(delayMs: number, deliveryCount: number, error: Error, because: RetryCause): RetryVerdict {
  return { kind: 'retry', because, delayMs: usableDelayMs(delayMs), deliveryCount, error };
}

function delayAfter(policy: RetryPolicy, deliveryCount: number, error: Error, random: number): number {
  if (typeof policy.backoff !== 'function') return backoffMs(policy.backoff, deliveryCount, random);
  // A user's function must not wedge the entry.
  try {
    return policy.backoff(deliveryCount, error);
  } catch {
    return FALLBACK_DELAY_MS;
  }
}
