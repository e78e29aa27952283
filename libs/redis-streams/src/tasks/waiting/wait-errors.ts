import { withCallerFrames } from '../../model/errors/caller-frames.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import { ResultNotKeptError, TaskFailedError, WaitTimeoutError } from '../../model/errors/task-errors.js';

/** Errors that are new each time, so that something may be added to them; what a signal aborts with is not ours. */
const FROM_WAITS = [TaskFailedError, WaitTimeoutError, ResultNotKeptError, RedisUnavailableError];

/**
 * Called where the wait itself is awaited: another promise around each would cost ten thousand waits some megabytes.
 * @param call what the messages of errors begin with that name nothing themselves
 */
export function rethrowFromWait(call: string, error: unknown): never {
  if (FROM_WAITS.some((type) => error instanceof type)) throw withCallerFrames(error as Error);
  return rethrowNaming(call)(error as Error);
}
