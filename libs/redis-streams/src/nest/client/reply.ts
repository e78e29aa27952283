import type { WritePacket } from '@nestjs/microservices';
import type { Subscription } from 'rxjs';
import { AddOutcomeUnknownError, RedisUnavailableError, toError } from '../../model/errors/errors.js';
import { TaskFailedError, WaitTimeoutError } from '../../model/errors/task-errors.js';
import type { Log } from '../../model/log.js';
import type { TaskKey, TaskStore } from '../../model/ports/tasks/task-store.js';
import type { TaskEvent } from '../../model/tasks/task-event.js';
import type { TaskInfo } from '../../model/tasks/task-info.js';
import { keepResult } from '../../tasks/adding/add-options.js';
import type { StreamProducer } from '../../tasks/stream-producer.js';
import type { StreamTasks } from '../../tasks/stream-tasks.js';
import { endingOf, sightOf, timedOut } from '../../tasks/waiting/ending.js';
import { ReplyChunks } from './reply-chunks.js';
import { TaskRpcException } from './task-rpc-exception.js';

export interface ReplyParts {
  readonly producer: Pick<StreamProducer, 'add'>;
  readonly tasks: Pick<StreamTasks, 'watch' | 'cancel'>;
  readonly store: Pick<TaskStore, 'look'>;
  readonly log: Pick<Log, 'warn'>;
}

/** What is sent, and how its reply is waited for. */
export interface SendRequest {
  readonly stream: string;
  readonly payload: unknown;
  readonly group: string;
  readonly timeoutMs: number;
  readonly cancelOnUnsubscribe: boolean;
}

/** After the deadline, when a task that does not run has ended for all who look at it. */
const EXPIRED_WITHIN_MS = 200;
/** One that runs is told to stop, and its end comes soon after that; what it wrote at the last moment, too. */
const STOPPED_WITHIN_MS = 1_000;

/**
 * One subscription to `send`: adds a task, and passes on what its handler tells. It is over, once, with the task, soon after its deadline, when
 * the subscriber leaves, or with the client.
 */
export class Reply {
  private id: string | undefined;
  private state: 'open' | 'over' | 'left' = 'open';
  private readonly chunks = new ReplyChunks();
  private watching: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private hasLooked = false;
  /** The watch has told the end. */
  private hasEnded = false;

  /**
   * @param tell as Nest's clients do it
   * @param onOver called first of all when it is over
   */
  constructor(
    private readonly request: SendRequest,
    private readonly parts: ReplyParts,
    private readonly tell: (packet: WritePacket) => void,
    private readonly onOver: (reply: Reply) => void,
  ) {}

  /** Never rejects. */
  async begin(): Promise<void> {
    const { stream, payload, group, timeoutMs } = this.request;
    try {
      this.id = await this.parts.producer.add(stream, payload, { ttlMs: timeoutMs, ...keepResult() });
      if (this.state === 'left') this.cancelIfAsked();
      if (this.state !== 'open') return;
      this.lookIn(timeoutMs + EXPIRED_WITHIN_MS);
      this.watching = this.parts.tasks.watch(stream, this.id, { group }).subscribe({
        next: (event) => this.hear(event),
        error: (error: Error) => this.fail(error),
        // Without an end: the application closes.
        complete: () => this.hasEnded || this.close(),
      });
      // It may have been over at once.
      if (this.state !== 'open') this.watching.unsubscribe();
    } catch (error) {
      this.fail(toError(error, 'The add'));
    }
  }

  /** The subscriber wants no more. */
  leave(): void {
    if (this.state !== 'open') return;
    this.end('left');
    this.cancelIfAsked();
  }

  /** The client is closed. */
  close(): void {
    const { stream } = this.request;
    const what = this.id === undefined ? `for the task that is being added to '${stream}'` : this.nameOfTask;
    const message = `The client is closed: it waits no longer ${what}`;
    if (this.id !== undefined) this.fail(new RedisUnavailableError(`${message}, which goes on.`));
    else this.fail(new AddOutcomeUnknownError(`${message}, and may run.`));
  }

  private get task(): TaskKey {
    const { stream, group } = this.request;
    return { stream, group, id: this.id! };
  }

  private get nameOfTask(): string {
    const { stream, group, id } = this.task;
    return `for the task ${id} of '${stream}' (group '${group}')`;
  }

  private hear(event: TaskEvent): void {
    if (this.state !== 'open') return;
    if (event.type === 'chunk') {
      if (this.chunks.take(event.value)) this.tell({ response: event.value });
    } else if (event.type === 'restart') {
      this.chunks.restart();
    } else if (event.type === 'gap') {
      this.chunks.lose();
    } else if (event.type === 'end') {
      this.conclude(event.task);
    }
  }

  private conclude(task: TaskInfo): void {
    this.hasEnded = true;
    // Perhaps for want of a group, which a watch does not tell.
    if (task.state === 'expired') return void this.lookAfterDeadline(task);
    const ending = endingOf({ info: task, otherGroups: undefined }, isThere(task));
    if (ending && 'error' in ending) return this.fail(ending.error() as Error);
    const result = ending?.result;
    if (result === undefined && this.chunks.areWrong) return this.fail(this.wrongChunks(), task);
    const isTold = result === undefined || this.chunks.endWith(result);
    this.over(isTold ? { isDisposed: true } : { response: result, isDisposed: true });
  }

  private wrongChunks(): Error {
    return new Error(
      `The reply is not what was emitted of it: ${this.nameOfTask.replace(/^for /, '')} ran again and wrote other chunks, or more than ` +
        'are kept, and its handler returned nothing. StreamTasks.watch tells the chunks of its last run.',
    );
  }

  private lookIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.lookAfterDeadline(), ms).unref();
  }

  /** Never rejects. */
  private async lookAfterDeadline(known?: TaskInfo): Promise<void> {
    const { task } = this;
    const { timeoutMs } = this.request;
    const looked = await this.parts.store.look(task).then(
      (look) => ({ sight: sightOf(task, look), trouble: undefined }),
      (trouble: unknown) => ({ sight: known && { info: known, otherGroups: undefined }, trouble }),
    );
    if (this.state !== 'open') return;
    const ending = looked.sight && endingOf(looked.sight, isThere(looked.sight.info));
    const isFirst = !this.hasLooked;
    this.hasLooked = true;
    if (ending && 'error' in ending) this.fail(ending.error() as Error);
    else if (ending || (isFirst && looked.sight?.info.state === 'running')) this.lookIn(STOPPED_WITHIN_MS);
    else this.fail(timedOut({ task, ...looked }, timeoutMs));
  }

  private fail(error: Error, task?: TaskInfo): void {
    if (this.state !== 'open') return;
    if (this.id === undefined) return this.over({ err: error });
    const known = error instanceof TaskFailedError || error instanceof WaitTimeoutError ? error.task : task;
    this.over({ err: new TaskRpcException(this.id, known, error) });
  }

  private over(packet: WritePacket): void {
    this.end('over');
    this.tell(packet);
  }

  private end(state: 'over' | 'left'): void {
    this.state = state;
    this.onOver(this);
    clearTimeout(this.timer);
    this.watching?.unsubscribe();
  }

  private cancelIfAsked(): void {
    const { stream, group, cancelOnUnsubscribe } = this.request;
    const { id } = this;
    if (!cancelOnUnsubscribe || id === undefined) return;
    const reason = 'Whoever sent it has unsubscribed.';
    this.parts.tasks.cancel(stream, id, { group, reason }).catch((error: Error) => {
      this.parts.log.warn(`The task ${id} of '${stream}' was not cancelled, though its sender left: ${error.message}`);
    });
  }
}

/** Its result is kept however it ends: one of which nothing is known was deleted, or Redis has lost it. */
function isThere(task: TaskInfo): boolean {
  return task.state !== 'unknown';
}
