import { catchError, type Observable } from 'rxjs';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { OwnIds } from '../model/ports/tasks/own-ids.js';
import type { CancelOutcome, TaskStore } from '../model/ports/tasks/task-store.js';
import type { TaskEvent } from '../model/tasks/task-event.js';
import type { DelayedTask, TaskInfo } from '../model/tasks/task-info.js';
import type { TaskTrace } from '../model/tasks/task-trace.js';
import type { StreamNames } from '../options/stream-names.js';
import { isOwnId } from '../wire/tasks/own-id.js';
import { assertTaskId } from '../wire/tasks/task-id.js';
import { keepResult } from './adding/add-options.js';
import { dueInMs } from './adding/add-delay.js';
import { DELAYED_OPTIONS, type DelayedOptions, type NewDue, newDue } from './delayed/delayed-options.js';
import { delayedPage } from './delayed/delayed-page.js';
import { type MoveResult, moveTask } from './delayed/moves.js';
import type { Promoter } from './delayed/promoter.js';
import { traceTask } from './chains/trace.js';
import type { StreamProducer } from './stream-producer.js';
import {
  CANCEL_OPTIONS,
  type CancelOptions,
  checkedTaskOptions,
  LIST_OPTIONS,
  type ListOptions,
  TASK_OPTIONS,
  type TaskOptions,
} from './status/task-options.js';
import { type ListedState, type ListedTask, listTasks, type TaskPage } from './status/task-list.js';
import { taskStateOf } from './status/task-state.js';
import { BEGINNING, readCursor } from './watching/cursor.js';
import type { TaskWatches } from './watching/task-watches.js';
import { WATCH_OPTIONS, type WatchOptions } from './watching/watch-options.js';
import { assertKept } from './waiting/joined-task.js';
import type { TaskWaits } from './waiting/task-waits.js';
import { rethrowFromWait } from './waiting/wait-errors.js';
import { checkedRunOptions, type RunOptions, WAIT_OPTIONS, type WaitOptions } from './waiting/wait-options.js';

export interface StreamTasksParts {
  readonly store: Pick<TaskStore, 'look' | 'cancel' | 'scan' | 'lookAll' | 'letters' | 'lookAtChain'>;
  readonly names: StreamNames;
  readonly waits: TaskWaits;
  readonly watches: TaskWatches;
  readonly producer: StreamProducer;
  readonly ownIds: Pick<OwnIds, 'move' | 'moveRetry' | 'list'>;
  readonly promoter: Pick<Promoter, 'added' | 'close'>;
}

/** See `StreamTasks.promote`. */
export type PromoteOutcome = 'promoted' | Exclude<MoveResult, 'moved'>;
/** See `StreamTasks.reschedule`. */
export type RescheduleOutcome = 'rescheduled' | Exclude<MoveResult, 'moved'>;

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
  private readonly waits: TaskWaits;
  private readonly watches: TaskWatches;
  private readonly producer: StreamProducer;
  private readonly ownIds: StreamTasksParts['ownIds'];
  private readonly promoter: StreamTasksParts['promoter'];

  /** @internal Nest makes it. */
  constructor({ store, names, waits, watches, producer, ownIds, promoter }: StreamTasksParts) {
    this.store = store;
    this.names = names;
    this.waits = waits;
    this.watches = watches;
    this.producer = producer;
    this.ownIds = ownIds;
    this.promoter = promoter;
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
   * One page of the tasks that are in a state in one group, oldest task first; of dead-lettered ones, oldest letter first. Nothing is
   * counted or kept for it: it visits the places where such tasks are, at most 1,000 of them a call, so that a page may hold fewer
   * tasks than `limit`, even none, while there are more. Go on until `next` is undefined. Between two pages tasks move on: one that
   * stays in its state is told exactly once.
   *
   * `completed` is the history that the stream keeps, tasks of whose end nothing is known any more (`finished`) included;
   * `dead-lettered` is what the dead letters tell.
   *
   * @throws RedisStreamsConfigError for a bad stream name or option, RedisUnavailableError when Redis does not answer in time
   * @example
   * const { tasks: running, next } = await tasks.list('ai:inference:queue', { state: 'running' });
   */
  async list<S extends AnyStream, State extends ListedState>(
    stream: KnownStream<S>,
    options: ListOptions<State>,
  ): Promise<TaskPage<ListedTask<State>>> {
    const call = this.callOn('list', stream);
    const { group, state, from, limit } = checkedTaskOptions(LIST_OPTIONS, options, call);
    const page = await listTasks(this.store, { stream, group, state, from, limit }).catch(rethrowNaming(call));
    return page as TaskPage<ListedTask<State>>;
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

  /**
   * Waits until a task has ended in one group, wherever and whenever that is; also before this was called. While Redis is away it goes
   * on waiting. See docs/results.md.
   *
   * @returns what the handler returned, where its result was kept (see `StreamHandlerOptions.result`); undefined where none was, or it
   *   has gone since
   * @throws TaskFailedError when it was dead-lettered, cancelled or expired, or there is no such task; WaitTimeoutError after
   *   `timeoutMs`, the reason of `signal` as soon as that aborts, RedisUnavailableError when the application closes: of these three
   *   the task knows nothing, and goes on; RedisStreamsConfigError for a bad stream name, id or option
   * @example
   * const answer = await tasks.result<Answer>('ai:inference:queue', id, { timeoutMs: 60_000 });
   */
  async result<Result = unknown, S extends AnyStream = AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options?: WaitOptions,
  ): Promise<Result | undefined> {
    const call = this.callOf('result', stream, id);
    const { group, ...wait } = checkedTaskOptions(WAIT_OPTIONS, options, call);
    try {
      return (await this.waits.untilEnd({ stream, group, id }, wait)) as Result | undefined;
    } catch (error) {
      return rethrowFromWait(call, error);
    }
  }

  /**
   * Tells what becomes of a task in one group, from its first event or from any cursor on, each event once and in its order: its states, the
   * chunks and the progress of its handler, and how it ended; then it completes. Where it begins does not matter: what was written stays
   * for `output.ttlMs` after the end. A new run begins the output anew, which `restart` tells. See docs/streaming.md.
   *
   * Cold: each subscription watches from its own beginning, and all of a process for one task share what they read. Unsubscribing cancels
   * nothing. While Redis is away it goes on trying, for ever; when the application closes it completes without an `end`.
   * It errors with what Redis would go on to refuse: where a right is missing, or a key of that name is no stream.
   *
   * @throws RedisStreamsConfigError at once for a bad stream name, id or option, and for a cursor that is none or another task's
   * @example
   * tasks.watch<string>('ai:chat', id).subscribe((event) => {
   *   if (event.type === 'restart') answer = '';
   *   if (event.type === 'chunk') answer += event.value;
   * });
   */
  watch<Chunk = unknown, S extends AnyStream = AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options?: WatchOptions,
  ): Observable<TaskEvent<Chunk>> {
    const call = this.callOf('watch', stream, id);
    const { group, from } = checkedTaskOptions(WATCH_OPTIONS, options, call);
    const task = { stream, group, id };
    const cursor = from === undefined ? BEGINNING : readCursor(from, task, call);
    const events = this.watches.watch(task, cursor).pipe(catchError<TaskEvent, Observable<never>>(rethrowNaming(call)));
    return events as Observable<TaskEvent<Chunk>>;
  }

  /**
   * Adds a task and waits for its result, which is kept for it whatever the handler's options are. The wait begins when it is added. A
   * caller that wants to go on with the task after an error needs its id: that of a WaitTimeoutError, or `add` and `result` in turn.
   *
   * With an idempotency key it joins the task that has it, if there is one, and gets its result, also when that task has ended meanwhile: of a task that was
   * added by `run` the result is kept as long as the key.
   *
   * @returns as `result` does
   * @throws what `add` does: nothing is waited for then; else what `result` does, and ResultNotKeptError where it joined a task that has ended
   *   well, and of which no result is kept
   * @example
   * const answer = await tasks.run<Answer>('ai:inference:queue', { prompt, model, user_id }, { timeoutMs: 60_000, signal });
   */
  async run<Result = unknown, S extends AnyStream = AnyStream>(
    stream: KnownStream<S>,
    payload: PayloadOf<S>,
    options?: RunOptions,
  ): Promise<Result | undefined> {
    const call = `run('${String(stream)}')`;
    const { add, wait } = checkedRunOptions(options, call);
    wait.signal?.throwIfAborted();
    const { group, ...limits } = wait;
    const id = await this.producer.add(stream, payload, { ...add, ...keepResult(this.waits.address) });
    const task = { stream, group, id };
    // With a key it may be another's, which has ended already, and rings another process.
    const isAdded = !add.idempotency;
    try {
      const result = (await this.waits.untilEnd(task, { isAdded, ...limits })) as Result | undefined;
      if (result === undefined && !isAdded) await assertKept(this.store, task, call);
      return result;
    } catch (error) {
      return rethrowFromWait(call, error);
    }
  }

  /**
   * All tasks of the chain that a task is of: those that forwarded it, from the first one on, and all that came of them, with their states, times
   * and depths; whichever of them is asked for, the answer is the same as long as all are known. At most 1,000 of them. See docs/chains.md.
   *
   * States are those of one group, in all of the streams, and what was forwarded is what that group's handlers have forwarded. What was trimmed
   * is told as `unknown`.
   *
   * @throws RedisStreamsConfigError for a bad stream name, id or option, RedisUnavailableError when Redis does not answer in time
   * @example
   * const { tasks: stages } = await tasks.trace('docs:extract', id);
   * for (const { task, depth } of stages) console.log(' '.repeat(depth), task.stream, task.state);
   */
  async trace<S extends AnyStream>(stream: KnownStream<S>, id: string, options?: TaskOptions): Promise<TaskTrace> {
    const call = this.callOf('trace', stream, id);
    const { group } = checkedTaskOptions(TASK_OPTIONS, options, call);
    return traceTask(this.store, { stream, group, id }).catch(rethrowNaming(call));
  }

  /**
   * One page of the tasks that wait for their time outside the stream, the next one first. Between two pages tasks are added, and enter:
   * one that stays is told exactly once.
   *
   * @throws RedisStreamsConfigError for a bad stream name or option, RedisUnavailableError when Redis does not answer in time
   * @example
   * const { tasks: delayed, next } = await tasks.delayed('mail:reminders', { from: tomorrow, limit: 50 });
   */
  async delayed<S extends AnyStream>(stream: KnownStream<S>, options?: DelayedOptions): Promise<TaskPage<DelayedTask>> {
    const call = this.callOn('delayed', stream);
    const page = checkedTaskOptions(DELAYED_OPTIONS, options, call);
    return delayedPage(this.ownIds, stream, page).catch(rethrowNaming(call));
  }

  /**
   * Lets a task run now: a delayed one enters its stream, and the retry of one that has failed, was postponed or handed back in the group
   * is due. `'promoted'`: so it is; `'under-way'`: it waits for a worker, or runs; `'finished'`: it had ended; `'unknown'`: there is no such
   * task. Asked twice, it does no more.
   *
   * @throws RedisStreamsConfigError for a bad stream name, id or option, RedisUnavailableError when Redis does not answer in time:
   *   then it may have happened, and asking again does no harm
   * @example
   * await tasks.promote('mail:reminders', id);
   */
  async promote<S extends AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options?: TaskOptions,
  ): Promise<PromoteOutcome> {
    const call = this.callOf('promote', stream, id);
    const { group } = checkedTaskOptions(TASK_OPTIONS, options, call);
    const result = await moveTask(this.stores, { stream, group, id }, '+0').catch(rethrowNaming(call));
    return result === 'moved' ? 'promoted' : result;
  }

  /**
   * Gives a task another time, earlier or later: a delayed one, or the retry of one that has failed, was postponed or handed back in the
   * group. A time that has passed is now. `'rescheduled'`: so it is; else as `promote` answers.
   *
   * @throws as `promote`
   * @example
   * await tasks.reschedule('mail:reminders', id, new Date('2030-01-01T09:00:00Z'));
   * await tasks.reschedule('mail:reminders', id, { delayMs: 60_000 });
   */
  // oxlint-disable-next-line eslint/max-params -- as the others of this class, and a time
  async reschedule<S extends AnyStream>(
    stream: KnownStream<S>,
    id: string,
    due: NewDue,
    options?: TaskOptions,
  ): Promise<RescheduleOutcome> {
    const call = this.callOf('reschedule', stream, id);
    const { group } = checkedTaskOptions(TASK_OPTIONS, options, call);
    const time = newDue(due, call);
    const result = await moveTask(this.stores, { stream, group, id }, time).catch(rethrowNaming(call));
    if (result !== 'moved') return result;
    if (isOwnId(id)) this.promoter.added(stream, dueInMs(time));
    return 'rescheduled';
  }

  /** Ends all waits and watches, and lets no delayed task enter any more. @internal The module calls it. */
  close(): void {
    this.waits.close();
    this.watches.close();
    this.promoter.close();
  }

  private get stores() {
    const { store, ownIds } = this;
    return { store, ownIds };
  }

  /** @returns what messages begin with */
  private callOf(method: string, stream: string, id: string): string {
    const call = this.callOn(method, stream);
    assertTaskId(id, call);
    return call;
  }

  private callOn(method: string, stream: string): string {
    this.names.use(stream);
    return `${method}('${stream}')`;
  }
}
