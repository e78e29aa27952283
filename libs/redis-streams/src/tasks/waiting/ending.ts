import { TaskFailedError, WaitTimeoutError } from '../../model/errors/task-errors.js';
import { failureText, originalError } from '../../model/ports/redis-failure.js';
import type { TaskKey, TaskLook } from '../../model/ports/tasks/task-store.js';
import type {
  CancelledTask,
  DeadLetteredTask,
  ExpiredTask,
  TaskInfo,
  UnknownTask,
} from '../../model/tasks/task-info.js';
import { taskStateOf } from '../status/task-state.js';

/** What a wait ends with. */
export type Ending = { readonly result: unknown } | { readonly error: () => unknown };

/** What was seen of a task that is waited for. */
export interface Sight {
  readonly info: TaskInfo;
  /** The groups of its stream, where the one that is to run it is not among them (yet). */
  readonly otherGroups: readonly string[] | undefined;
  /** Its deadline is over: it is not started any more, and stopped where it runs. */
  readonly isOverdue?: boolean;
}

type FailedTask = DeadLetteredTask | CancelledTask | ExpiredTask | UnknownTask;

/** What a wait knows. */
interface Seen {
  readonly task: TaskKey;
  readonly sight: Sight | undefined;
  /** Why the last look failed. */
  readonly trouble: unknown;
}

export function sightOf(task: TaskKey, look: TaskLook): Sight {
  const info = taskStateOf(task, look);
  const lacksGroup = look.reserved !== undefined && look.lastDelivered === undefined;
  const deadlineAt = 'deadlineAt' in info ? info.deadlineAt?.getTime() : undefined;
  return {
    info,
    otherGroups: lacksGroup ? look.groups : undefined,
    isOverdue: deadlineAt !== undefined && deadlineAt <= look.serverNow,
  };
}

/**
 * How a wait ends that sees this; undefined: it goes on.
 * @param wasThere whether the task was seen, or added, before
 */
export function endingOf({ info, otherGroups }: Sight, wasThere: boolean): Ending | undefined {
  switch (info.state) {
    case 'completed':
      return { result: info.result };
    case 'finished':
      return { result: undefined };
    case 'dead-lettered':
    case 'cancelled':
      return { error: () => failed(info) };
    case 'expired':
      return { error: () => failed(info, otherGroups) };
    case 'unknown':
      // A group may come later than its tasks.
      if (otherGroups) return undefined;
      return wasThere ? { result: undefined } : { error: () => failed(info) };
    case 'delayed':
    case 'waiting':
    case 'running':
    case 'retry-scheduled':
      return undefined;
  }
}

/** Why a task that is waited for has no result. */
function failed(task: FailedTask, otherGroups?: readonly string[]): TaskFailedError {
  const hint = otherGroups ? lackingGroup(task, otherGroups) : '';
  return new TaskFailedError(task, `${nameOf(task)} ${howItFailed(task)}${hint}.`);
}

function howItFailed(task: FailedTask): string {
  switch (task.state) {
    case 'dead-lettered':
      return `was given up (${task.reason}): ${task.error}`;
    case 'cancelled':
      return task.reason === undefined ? 'was cancelled' : `was cancelled: ${task.reason}`;
    case 'expired':
      return 'was not done by its deadline';
    case 'unknown':
      return task.trimmed
        ? 'is not in the stream any more: it was trimmed, and how it ended is not known'
        : 'is not there: it was deleted, or never added to this stream';
  }
}

/** The time of a wait is over. */
export function timedOut({ task, sight, trouble }: Seen, timeoutMs: number): WaitTimeoutError {
  const text = `${nameOf(task)} did not end within ${timeoutMs} ms${whereItIs(task, sight)}.`;
  if (trouble === undefined) return new WaitTimeoutError(task.id, sight?.info, text);
  const message = `${text} The last question to Redis failed: ${failureText(trouble)}`;
  return new WaitTimeoutError(task.id, sight?.info, message, { cause: originalError(trouble) });
}

function whereItIs(task: TaskKey, sight: Sight | undefined): string {
  if (!sight) return '';
  const { info, otherGroups, isOverdue } = sight;
  if (otherGroups) return lackingGroup(task, otherGroups);
  if (isOverdue && info.state === 'running') return `, its deadline: ${info.consumer} still runs it, and is to stop`;
  if (info.state === 'running') return ` and goes on: it is run by ${info.consumer}`;
  if (info.state === 'delayed') return ` and goes on: it is due at ${info.dueAt.toISOString()}`;
  if (info.state === 'retry-scheduled') {
    return ` and goes on: its next run is due at ${info.dueAt.toISOString()}, after ${info.lastError ?? 'a failure'}`;
  }
  return ` and goes on: it is ${info.state}`;
}

function lackingGroup({ group }: TaskKey, others: readonly string[]): string {
  const known = others.length > 0 ? `only ${others.map((name) => `'${name}'`).join(', ')}` : 'none at all';
  return `: its stream has no group '${group}', ${known}`;
}

function nameOf({ stream, group, id }: TaskKey): string {
  return `The task ${id} of '${stream}' (group '${group}')`;
}
