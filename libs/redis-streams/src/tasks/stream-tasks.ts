import type { AnyStream, KnownStream } from '../model/payloads.js';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import type { CancelOutcome, TaskStore } from '../model/ports/tasks/task-store.js';
import type { TaskInfo } from '../model/tasks/task-info.js';
import type { StreamNames } from '../options/stream-names.js';
import { assertStreamName } from '../wire/stream-name.js';
import { assertTaskId } from '../wire/tasks/task-id.js';
import {
  CANCEL_OPTIONS,
  type CancelOptions,
  checkedTaskOptions,
  TASK_OPTIONS,
  type TaskOptions,
} from './status/task-options.js';
import { taskStateOf } from './status/task-state.js';

export interface StreamTasksParts {
  readonly store: Pick<TaskStore, 'look' | 'cancel'>;
  readonly names: StreamNames;
}

/**
 * Follows single tasks by their id, which is what `add` returned. Inject it anywhere, also where nothing consumes. Asks Redis each
 * time, over the connection that is opened with the first question, and waits for each answer no longer than `addTimeoutMs`.
 *
 * Whoever knows an id can ask about its task, and ids can be guessed: an endpoint that takes one from outside checks first that the
 * task is the caller's.
 */
export class StreamTasks {
  private readonly store: StreamTasksParts['store'];
  private readonly names: StreamNames;

  /** @internal Nest makes it. */
  constructor({ store, names }: StreamTasksParts) {
    this.store = store;
    this.names = names;
  }

  /**
   * The state of a task in one group now. Never throws for a task that there is not: that is `unknown`. See docs/tasks.md.
   *
   * @throws RedisStreamsConfigError for a bad stream name, id or option, RedisUnavailableError when Redis does not answer in time
   * @example
   * const task = await tasks.get('ai:inference:queue', id);
   * if (task.state === 'running') console.log(task.consumer, task.progress);
   */
  async get<S extends AnyStream>(stream: KnownStream<S>, id: string, options?: TaskOptions): Promise<TaskInfo> {
    const call = this.callOf('get', stream, id);
    const { group } = checkedTaskOptions(TASK_OPTIONS, options, call);
    const task = { stream, group, id };
    return taskStateOf(task, await this.store.look(task).catch(rethrowNaming(call)));
  }

  /**
   * Cancels a task, in all groups or in one. `'cancelled'`: it has ended so, at once, as it was waiting and no group had read it, or
   * was scheduled for a retry; its payload is kept in its record for 7 days. `'requested'`: it runs, or some group has
   * read it and another has not: it is marked, and its worker told. Whatever fails after that is cancelled, never a retry; a
   * success still counts. `'finished'`: it had ended otherwise. `'unknown'`: there is no such task. Of several groups the first of
   * requested, cancelled, finished that holds for one of them. Asked twice, it says the same.
   *
   * A mark is kept for a day: a task that nobody comes to for longer has to be cancelled again.
   *
   * @throws RedisStreamsConfigError for a bad stream name, id or option, RedisUnavailableError when Redis does not answer in time:
   *   then it may have happened, and asking again does no harm
   * @example
   * const outcome = await tasks.cancel('ai:inference:queue', id, { reason: 'the user pressed stop' });
   */
  async cancel<S extends AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options?: CancelOptions,
  ): Promise<CancelOutcome> {
    const call = this.callOf('cancel', stream, id);
    const { group, reason } = checkedTaskOptions(CANCEL_OPTIONS, options, call);
    return this.store.cancel({ stream, id, group, reason }).catch(rethrowNaming(call));
  }

  /** @returns what messages begin with */
  private callOf(method: string, stream: string, id: string): string {
    assertStreamName(stream);
    const call = `${method}('${stream}')`;
    assertTaskId(id, call);
    this.names.use(stream);
    return call;
  }
}
