import { RedisUnavailableError, RetryLaterError } from 'nestjs-redis-streams';

const REDIS_AWAY_RETRY_MS = 1_000;

/** What a run's failure means for the queue: an absent Redis is no fault of the task, and must not use up its deliveries. */
export function asQueueError(error: unknown): unknown {
  if (!(error instanceof RedisUnavailableError)) return error;
  return new RetryLaterError(REDIS_AWAY_RETRY_MS, error.message, { cause: error });
}
