import { RedisUnavailableError } from '../../model/errors/errors.js';
import { goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import type { Doorbell, Ring } from '../../model/ports/tasks/doorbell.js';
import type { TaskKey, TaskLook, TaskStore } from '../../model/ports/tasks/task-store.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import { taskStateOf } from '../status/task-state.js';
import { Alarm } from '../../timing/alarm.js';
import { keyOf } from '../task-key.js';
import { AwaitedTask, SEEN_WITHIN_MS, type Wait } from './awaited-task.js';
import { EarlyRings } from './early-rings.js';
import { type Ending, endingOf, sightOf, timedOut } from './ending.js';
import { Portions } from './portions.js';
import { WaitSignals } from './wait-signals.js';

/** So many are soon answered, and hold nobody else up for long. */
const LOOKS_AT_ONCE = 500;
/** Each look lengthens it, and polls come more often than that: so none stays behind for longer. */
const EAR_FOR_MS = 60_000;

/** What is not asked where the record has told the end. */
const NOTHING_ELSE: TaskLook = {
  serverNow: 0,
  record: undefined,
  groups: [],
  lastDelivered: undefined,
  pending: undefined,
  retryAt: undefined,
  reserved: undefined,
  first: undefined,
  last: undefined,
};

/** How somebody waits. */
export interface WaitTerms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The task was just added by this process, and its entry names it as `address`. */
  readonly isAdded?: boolean;
}

/**
 * All waits of this process for the end of a task. A task is looked at when somebody begins to wait for it (not that which was just added:
 * its end is rung), when the doorbell rings for it, when the doorbell hears again after it did not, and, as all of that may get lost, by a poll. Each wait ends: with its
 * task, at its deadline, by its signal, or with the app.
 */
export class TaskWaits {
  private readonly tasks = new Map<string, AwaitedTask>();
  private readonly earlyRings = new EarlyRings();
  private readonly looks = new Portions<AwaitedTask>(LOOKS_AT_ONCE, (awaited) => this.lookAt(awaited));
  private readonly alarm = new Alarm(() => this.doWhatIsDue());
  private readonly signals = new WaitSignals<Wait>((wait) => this.leave(wait, wait.signal!.reason));
  private opened: Promise<void> | undefined;
  private hasClosed = false;
  private readonly unlisten: () => void;

  constructor(
    private readonly store: Pick<TaskStore, 'look' | 'peek'>,
    private readonly doorbell: Doorbell,
  ) {
    this.unlisten = doorbell.listen({
      ring: (ring) => this.hear(ring),
      hears: () => this.tasks.forEach((awaited) => this.requestLook(awaited, 'all')),
    });
  }

  /** Whom to ring when a task ends that is about to be added and waited for. */
  get address(): string {
    return this.doorbell.address;
  }

  /**
   * @returns the result that was kept; undefined where there is none
   * @throws TaskFailedError, WaitTimeoutError, the signal's reason, RedisUnavailableError when this is closed, RedisFailure for what
   *   Redis goes on to refuse
   */
  untilEnd(task: TaskKey, { timeoutMs, signal, isAdded = false }: WaitTerms): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.hasClosed) return reject(closedError(task));
      if (signal?.aborted) return reject(signal.reason);
      const awaited = this.awaited(task, isAdded);
      const deadline = performance.now() + timeoutMs;
      const wait = { awaited, timeoutMs, deadline, signal, resolve, reject };
      awaited.add(wait);
      this.signals.add(wait);
      this.alarm.noLaterThan(deadline);
      // A wait that ends sooner is to tell where its task is.
      if (isAdded && timeoutMs > SEEN_WITHIN_MS) this.expectRing(awaited);
      // What is seen by a look that is under way is as good for this wait, and polls lengthen its ear.
      else if (awaited.look === 'none') this.requestLook(awaited, 'all');
      this.opened ??= this.doorbell.open();
    });
  }

  /** Ends all waits, at once and for good. */
  close(): void {
    this.hasClosed = true;
    this.unlisten();
    for (const awaited of this.tasks.values()) this.end(awaited, { error: () => closedError(awaited.task) });
  }

  private awaited(task: TaskKey, wasThere: boolean): AwaitedTask {
    const key = keyOf(task);
    let awaited = this.tasks.get(key);
    if (!awaited) this.tasks.set(key, (awaited = new AwaitedTask(task, wasThere)));
    awaited.wasThere ||= wasThere;
    return awaited;
  }

  private hear(ring: Ring): void {
    if (ring.kind === 'cancel') return;
    const key = keyOf(ring);
    const awaited = this.tasks.get(key);
    if (awaited) this.requestLook(awaited, 'record');
    else if (ring.kind === 'ended') this.earlyRings.add(key);
  }

  private expectRing(awaited: AwaitedTask): void {
    if (this.earlyRings.take(awaited.key)) return this.requestLook(awaited, 'record');
    awaited.expectRing();
    this.alarm.noLaterThan(awaited.pollAt);
  }

  private requestLook(awaited: AwaitedTask, at: 'all' | 'record'): void {
    if (at === 'all') awaited.wantsAll = true;
    if (awaited.look === 'under way') awaited.look = 'under way, one more';
    if (awaited.look !== 'none') return;
    awaited.look = 'queued';
    this.looks.add(awaited);
  }

  /** Never rejects. */
  private async lookAt(awaited: AwaitedTask): Promise<void> {
    if (awaited.waits.length === 0) return;
    awaited.look = 'under way';
    awaited.pollAt = Infinity;
    try {
      await this.lookOnce(awaited);
    } catch (error) {
      this.failToSee(awaited, error);
    }
    const isWanted = (awaited.look as AwaitedTask['look']) === 'under way, one more';
    awaited.look = 'none';
    if (awaited.waits.length === 0) return;
    awaited.pollLater();
    if (isWanted) this.requestLook(awaited, 'record');
    else this.alarm.noLaterThan(awaited.pollAt);
  }

  private async lookOnce(awaited: AwaitedTask): Promise<void> {
    const { task, wantsAll } = awaited;
    awaited.wantsAll = false;
    const ear = this.earFor(awaited);
    if (wantsAll) return this.see(awaited, await this.store.look(task, ear));
    const record = await this.store.peek(task, ear);
    awaited.trouble = undefined;
    const ending =
      record && endingOf({ info: taskStateOf(task, { ...NOTHING_ELSE, record }), otherGroups: undefined }, true);
    if (ending) this.end(awaited, ending);
  }

  private earFor({ lastDeadline }: AwaitedTask) {
    const forMs = Math.min(EAR_FOR_MS, Math.ceil(lastDeadline - performance.now()));
    return { address: this.doorbell.address, forMs: Math.max(1, forMs) };
  }

  private see(awaited: AwaitedTask, look: TaskLook): void {
    awaited.sight = sightOf(awaited.task, look);
    awaited.trouble = undefined;
    // Redis has lost it (it was emptied, or a replica took over that had not got it yet): nobody will run it.
    const { entryId = awaited.task.id } = look;
    const isLost = look.last === undefined || compareEntryIds(entryId, look.last) > 0;
    const ending = endingOf(awaited.sight, awaited.wasThere && !isLost);
    if (ending) this.end(awaited, ending);
    awaited.wasThere ||= look.reserved !== undefined;
  }

  /** While Redis is away there is nothing to be done; against a right that is missing, or a wrong key, waiting does not help. */
  private failToSee(awaited: AwaitedTask, error: unknown): void {
    awaited.trouble = error;
    if (goesOnToBeRefused(error)) this.end(awaited, { error: () => error });
  }

  private doWhatIsDue(): void {
    const now = performance.now();
    let next = Infinity;
    for (const awaited of this.tasks.values()) {
      if (awaited.dueAt <= now) this.actOn(awaited, now);
      next = Math.min(next, awaited.dueAt);
    }
    this.alarm.noLaterThan(next);
  }

  private actOn(awaited: AwaitedTask, now: number): void {
    for (const wait of awaited.waits.filter(({ deadline }) => deadline <= now)) {
      this.leave(wait, timedOut(awaited, wait.timeoutMs));
    }
    if (awaited.pollAt > now) return;
    awaited.pollAt = Infinity;
    this.requestLook(awaited, awaited.pollsFor);
  }

  /** One of those who wait for a task does so no longer. */
  private leave(wait: Wait, reason: unknown): void {
    const { awaited } = wait;
    awaited.waits.splice(awaited.waits.indexOf(wait), 1);
    if (awaited.waits.length === 0) this.forget(awaited);
    this.signals.delete(wait);
    wait.reject(reason);
  }

  private forget(awaited: AwaitedTask): void {
    this.tasks.delete(awaited.key);
    if (this.tasks.size === 0) this.alarm.stop();
  }

  private end(awaited: AwaitedTask, ending: Ending): void {
    const { waits } = awaited;
    awaited.waits = [];
    // Another may have begun to be awaited under its key, when nobody waited for this one any more.
    if (waits.length > 0) this.forget(awaited);
    for (const [n, wait] of waits.entries()) {
      this.signals.delete(wait);
      if ('error' in ending) wait.reject(ending.error());
      // Each may change what it gets.
      else wait.resolve(n === 0 ? ending.result : structuredClone(ending.result));
    }
  }
}

function closedError({ stream, group, id }: TaskKey): RedisUnavailableError {
  return new RedisUnavailableError(
    `The application is closing: it waits no longer for the task ${id} of '${stream}' (group '${group}'), which goes on.`,
  );
}
