import { RedisFailure } from '../../model/ports/redis-failure.js';
import { isRefusal, remedyFor } from './connection-errors.js';
import { classifyRedisError, redisErrorClause } from './redis-errors.js';

/** What ioredis rejects with, as the layers above know it. */
export function asFailure(error: Error): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const details = { kind: classifyRedisError(error), remedy: remedyFor(error), isRefusal: isRefusal(error) };
  return new RedisFailure(redisErrorClause(error), details, error);
}
