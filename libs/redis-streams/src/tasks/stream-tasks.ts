import type { AnyStream, KnownStream } from '../model/payloads.js';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import type { TaskStore } from '../model/ports/tasks/task-store.js';
import type { TaskInfo } from '../model/tasks/task-info.js';
import type { StreamNames } from '../options/stream-names.js';
import { assertStreamName } from '../wire/stream-name.js';
import { assertTaskId } from '../wire/tasks/task-id.js';
import { checkedTaskOptions, TASK_OPTIONS, type TaskOptions } from './status/task-options.js';
import { taskStateOf } from './status/task-state.js';

export interface StreamTasksParts {
  readonly store: Pick<TaskStore, 'look'>;
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
    const { call, task } = this.checked('get', stream, id, options);
    return taskStateOf(task, await this.store.look(task).catch(rethrowNaming(call)));
  }

  private checked(method: string, stream: string, id: string, options: TaskOptions | undefined) {
    assertStreamName(stream);
    const call = `${method}('${stream}')`;
    assertTaskId(id, call);
    const { group } = checkedTaskOptions(TASK_OPTIONS, options, call);
    this.names.use(stream);
    return { call, task: { stream, group, id } };
  }
}
