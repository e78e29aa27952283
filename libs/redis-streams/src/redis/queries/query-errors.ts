import { RedisStreamsConfigError, RedisUnavailableError } from '../../model/errors/errors.js';
import { isOfHandshake, isRefusal, isSilence, remedyFor } from '../connections/connection-errors.js';
import { classifyRedisError, describeRedisError, isReplyError } from '../connections/redis-errors.js';

/** Also of a request to cancel: asked twice, it does no more. */
const ASK_AGAIN = 'Nothing is lost: ask again.';

/** Whether a question was answered, if only by an error. */
export function isAnswer(error: Error): boolean {
  return isReplyError(error) && !isOfHandshake(error);
}

/** Whether it is the answer of a replica to what would write: nothing was done. */
export function isOfReplica(error: Error): boolean {
  return classifyRedisError(error) === 'read-only';
}

/**
 * A question's time is over.
 * @param place where Redis is
 * @param cause why the connection cannot be used, as far as is known
 */
export function timeoutError(place: string, timeoutMs: number, cause: Error | undefined): RedisUnavailableError {
  if (cause && isRefusal(cause)) return notLetInError(place, cause);
  if (cause && isOfReplica(cause)) return stillReplicaError(place, timeoutMs, cause);
  const message =
    !cause || isSilence(cause)
      ? `Redis at ${place} did not answer within ${timeoutMs} ms. ${ASK_AGAIN} See whether the server or the network hangs.`
      : `Redis at ${place} could not be reached within ${timeoutMs} ms (${describeRedisError(cause)}). ${remedyFor(cause)}`;
  return new RedisUnavailableError(message, { cause });
}

/** ioredis gave a question up before its time was over; what we throw ourselves says enough. */
export function brokenOffError(place: string, error: Error): Error {
  if (error instanceof RedisUnavailableError || error instanceof RedisStreamsConfigError) return error;
  if (isRefusal(error)) return notLetInError(place, error);
  const message = `Redis at ${place} could not be asked (${describeRedisError(error)}). ${ASK_AGAIN}`;
  return new RedisUnavailableError(message, { cause: error });
}

/** After the application's shutdown. */
export function closedError(): RedisUnavailableError {
  return new RedisUnavailableError('The connection to Redis is closed: the application has shut down.');
}

function stillReplicaError(place: string, timeoutMs: number, cause: Error): RedisUnavailableError {
  const message =
    `Redis at ${place} is a replica, and no primary was found within ${timeoutMs} ms (${describeRedisError(cause)}). ${ASK_AGAIN} ` +
    'See that the connection option leads to the primary.';
  return new RedisUnavailableError(message, { cause });
}

function notLetInError(place: string, cause: Error): RedisUnavailableError {
  const message = `Redis at ${place} answered, but did not let us in (${describeRedisError(cause)}). ${remedyFor(cause)}`;
  return new RedisUnavailableError(message, { cause });
}
