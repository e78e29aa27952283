import { RpcException } from '@nestjs/microservices';
import type { TaskInfo } from '../../model/tasks/task-info.js';

/**
 * What `RedisStreamsClient.send` fails with once its task was added: it was dead-lettered, cancelled or expired, did not end by its
 * deadline, or the client was closed. `getError()` is `{ status: 'error', message, task }`: a microservice that lets it pass answers
 * with that. What `add` fails with comes as it is.
 */
export class TaskRpcException extends RpcException {
  override readonly name = 'TaskRpcException';
  /** As other clients' errors have it. */
  readonly status = 'error';

  /** @internal */
  constructor(
    /** By it `StreamTasks` can go on with the task, where it goes on, from any process. */
    readonly taskId: string,
    /** How it ended, or its state when it was looked at last; undefined where that is not known. */
    readonly task: TaskInfo | undefined,
    /** A TaskFailedError, WaitTimeoutError or RedisUnavailableError. */
    override readonly cause: Error,
  ) {
    super({ status: 'error', message: cause.message, task });
  }
}
