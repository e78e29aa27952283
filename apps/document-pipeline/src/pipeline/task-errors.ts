import {
  LeaseLostError,
  RedisUnavailableError,
  RetryLaterError,
  ShutdownError,
  type StreamContext,
} from 'nestjs-redis-streams';
import { StoreUnavailableError } from '../store/store-unavailable.error.js';

const REDIS_AWAY_RETRY_MS = 1_000;

/** What a run's failure means for the queue: an absent Redis is no fault of the task, and must not use up its deliveries. */
export function asQueueError(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || error instanceof RedisUnavailableError) {
    return new RetryLaterError(REDIS_AWAY_RETRY_MS, error.message, { cause: error });
  }
  return error;
}

/** Whether a failure tells of the task, and not of a run that was called off. */
export function isWorthRecording(context: StreamContext): boolean {
  const reason: unknown = context.signal.reason;
  return !(reason instanceof ShutdownError || reason instanceof LeaseLostError);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
