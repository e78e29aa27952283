import { AddOutcomeUnknownError, AddRefusedError, RedisUnavailableError } from '../../model/errors/errors.js';
import { isRefusal, remedyFor } from '../connections/connection-errors.js';
import { describeRedisError, isReplyError } from '../connections/redis-errors.js';

/** Redis answered an XADD with an error. */
export function refusedError(error: Error): AddRefusedError {
  return new AddRefusedError(`Redis refused the entry, nothing was written: ${describeRedisError(error)}`, {
    cause: error,
  });
}

/** For what was sent over a connection that broke before the answer came, unless the error knows better. */
export function brokenLinkError(error: Error): RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  return new AddOutcomeUnknownError(
    `The connection to Redis broke before the answer came (${describeRedisError(error)}). The entry may exist; it will not be sent again.`,
    { cause: error },
  );
}

/** Whatever a single command of ours was rejected with. */
export function asAppendError(error: Error): Error {
  return isReplyError(error) ? refusedError(error) : brokenLinkError(error);
}

/** @param cause why the connection cannot be used, as far as is known */
export function timeoutError(wasSent: boolean, timeoutMs: number, cause: Error | undefined): RedisUnavailableError {
  if (wasSent) {
    return new AddOutcomeUnknownError(
      `Redis did not answer within ${timeoutMs} ms. The command was sent, so that its entry may exist; it will not be sent again.`,
      { cause },
    );
  }
  const why = cause ? ` (${describeRedisError(cause)})` : '';
  // A server that refuses a password was reached.
  if (cause && isRefusal(cause)) {
    const message = `Redis answered, but did not let us in within ${timeoutMs} ms${why}. Nothing was sent. ${remedyFor(cause)}`;
    return new RedisUnavailableError(message, { cause });
  }
  return new RedisUnavailableError(`Redis could not be reached within ${timeoutMs} ms${why}. Nothing was sent.`, {
    cause,
  });
}
