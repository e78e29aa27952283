import { AddOutcomeUnknownError, AddRefusedError, RedisUnavailableError } from '../../model/errors/errors.js';
import { isRefusal, remedyFor } from '../connections/connection-errors.js';
import { describeRedisError, isReplyError } from '../connections/redis-errors.js';

/** What goes over the connection for adds: an add, or a probe, which finds out whether adds pass and leaves nothing behind. */
export type AppendCall = 'add' | 'probe';

/** Redis answered an XADD with an error. */
export function refusedError(error: Error): AddRefusedError {
  return new AddRefusedError(`Redis refused the entry, nothing was written: ${describeRedisError(error)}`, {
    cause: error,
  });
}

/** For what was sent over a connection that broke before the answer came, unless the error knows better. */
export function brokenLinkError(error: Error, call: AppendCall): RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  const message = `The connection to Redis broke before the answer came (${describeRedisError(error)}).`;
  if (call === 'probe') return new RedisUnavailableError(message, { cause: error });
  return new AddOutcomeUnknownError(`${message} The entry may exist; it will not be sent again.`, { cause: error });
}

/** Whatever a single command of ours was rejected with. */
export function asAppendError(error: Error): Error {
  return isReplyError(error) ? refusedError(error) : brokenLinkError(error, 'add');
}

interface Timeout {
  readonly call: AppendCall;
  readonly wasSent: boolean;
  readonly timeoutMs: number;
  /** Why the connection cannot be used, as far as is known. */
  readonly cause: Error | undefined;
}

/** For what had no answer when its time was over. */
export function timeoutError({ call, wasSent, timeoutMs, cause }: Timeout): RedisUnavailableError {
  if (!wasSent) return notSentError(timeoutMs, cause);
  const message = `Redis did not answer within ${timeoutMs} ms.`;
  if (call === 'probe') return new RedisUnavailableError(message, { cause });
  return new AddOutcomeUnknownError(
    `${message} The command was sent, so that its entry may exist; it will not be sent again.`,
    { cause },
  );
}

function notSentError(timeoutMs: number, cause: Error | undefined): RedisUnavailableError {
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
