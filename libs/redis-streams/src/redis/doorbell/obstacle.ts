import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { redisErrorClause, isPermissionError } from '../connections/redis-errors.js';

const WITHOUT = 'Until then cancels, results and output are noticed by polling only, some seconds later';

/** What keeps a process from hearing until somebody changes it, with the remedy; undefined for what passes by itself. */
export function obstacleToHearing(error: unknown, bells: string): string | undefined {
  if (error instanceof RedisStreamsConfigError) return `${error.message} ${WITHOUT}.`;
  if (!(error instanceof Error) || !isPermissionError(error)) return undefined;
  return (
    `Redis does not let this process hear of what happens elsewhere: ${redisErrorClause(error)}. ${WITHOUT}. Allow its ` +
    `user +subscribe, +publish and, from Redis 6.2 on, the channels &${bells}*.`
  );
}
