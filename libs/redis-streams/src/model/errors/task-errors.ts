import type { TaskInfo } from '../tasks/task-info.js';

/** A task that is waited for has ended otherwise than well, or is unknown; `task` tells how. */
export class TaskFailedError extends Error {
  override readonly name = 'TaskFailedError';

  constructor(
    readonly task: TaskInfo,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A `run` with an idempotency key whose task has ended well, and whose result is not kept: it was added by `add`, and its handler keeps none, or it
 * has gone since. The task does not run again.
 */
export class ResultNotKeptError extends Error {
  override readonly name = 'ResultNotKeptError';

  constructor(
    readonly taskId: string,
    message: string,
  ) {
    super(message);
  }
}

/** What is waited for did not come within `timeoutMs`. The task goes on, and can be waited for again. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';

  constructor(
    readonly taskId: string,
    /** Its state when it was looked at last; undefined where Redis did not answer. */
    readonly task: TaskInfo | undefined,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The reason of a delivery's `AbortSignal` when somebody has cancelled the task. Whatever fails after it is no failure. */
export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError';

  constructor(
    /** What `cancel` was given. */
    readonly reason: string | undefined,
  ) {
    super(reason === undefined ? 'The task was cancelled.' : `The task was cancelled: ${reason}`);
  }
}

/** The reason of a delivery's `AbortSignal` at the task's deadline. */
export class TaskExpiredError extends Error {
  override readonly name = 'TaskExpiredError';
}
