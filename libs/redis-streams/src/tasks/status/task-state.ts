import type { TaskKey, TaskLook } from '../../model/ports/tasks/task-store.js';
import type { DeadLetteredTask, TaskInfo, UnknownTask, WaitingTask } from '../../model/tasks/task-info.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { compareEntryIds, entryTimeMs } from '../../wire/entry-id.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { isOwnId } from '../../wire/tasks/own-id.js';
import { deadlineOf } from '../../wire/tasks/deadline.js';
import { RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';

type Task = TaskKey & { readonly progress: unknown };

/**
 * The state of a task, from what Redis has about it. Where the record says how it ended, that holds; else the pending list tells who
 * has it; else the group's last delivered entry whether it was delivered. Says `unknown` rather than guess; never throws.
 */
export function taskStateOf({ stream, group, id }: TaskKey, look: TaskLook): TaskInfo {
  // Here and below what is spread comes last: see "What V8 keeps" in docs/performance.md.
  const task: Task = { stream, group, id, progress: asValue(look.record?.[TASK_RECORD.progress])?.value };
  const end = look.record && endOf(task, look.record);
  if (end) return end;
  if (look.dueAt !== undefined) return delayed(task, look.dueAt, look);
  const { entryId = id } = look;
  const { pending, groups, lastDelivered, reserved } = look;
  if (pending && pending.consumer !== RETRY_CONSUMER) {
    const { consumer, deliveryCount, idleMs } = pending;
    return { state: 'running', consumer, deliveryCount, renewedMsAgo: idleMs, ...task, ...unendedOf(entryId, look) };
  }
  if (!reserved) return { state: 'unknown', trimmed: isTrimmed(entryId, look), groups, ...task };
  if (!pending && lastDelivered === undefined && groups.length > 0) return unknownGroup(task, groups);
  if (pending || lastDelivered === undefined || compareEntryIds(entryId, lastDelivered) > 0) {
    return notRunning(task, entryId, look);
  }
  // Acked. Whatever ends otherwise than well writes a record, which lives that long from its end.
  if (look.serverNow - entryTimeMs(entryId) >= RECORD_TTL_MS) return { state: 'finished', ...task };
  return { state: 'completed', hasResult: false, result: undefined, ...task };
}

/** How it ended, by its record; undefined where that does not say. */
function endOf(task: Task, record: Readonly<Record<string, string>>): TaskInfo | undefined {
  const ended = { endedAt: asDate(record[TASK_RECORD.endedAt]), ...task };
  switch (record[TASK_RECORD.state]) {
    case 'completed': {
      const result = asValue(record[TASK_RECORD.result]);
      const kept = { hasResult: result !== undefined, result: result?.value };
      return { state: 'completed', cancelRequested: cancelOf(record), ...ended, ...kept };
    }
    case 'dead-lettered':
      return {
        state: 'dead-lettered',
        reason: (record[TASK_RECORD.reason] as DeadLetteredTask['reason'] | undefined) ?? 'unknown',
        error: record[TASK_RECORD.error] ?? '',
        deadLetterId: record[TASK_RECORD.deadLetterId],
        ...ended,
      };
    case 'cancelled':
      return { state: 'cancelled', reason: record[TASK_RECORD.cancelReason], ...ended };
    case 'expired':
      return { state: 'expired', ...ended };
    case undefined:
    default:
      return undefined;
  }
}

/** What its deadline may count from is when it is due. */
function delayed(task: Task, dueAt: number, { reserved }: TaskLook): TaskInfo {
  const deadlineAt = asDate(deadlineOf(`${dueAt}-0`, reserved?.[RESERVED_HEADERS.deadline]));
  return { state: 'delayed', dueAt: new Date(dueAt), deadlineAt, ...task };
}

/** Waiting for its first run, or for another. */
function notRunning(task: Task, entryId: string, look: TaskLook): TaskInfo {
  const { pending, serverNow, record } = look;
  const unended = unendedOf(entryId, look);
  const { deadlineAt } = unended;
  // Nobody will start it any more; whoever comes to it will only write that down.
  if (deadlineAt && deadlineAt.getTime() <= serverNow) return { state: 'expired', endedAt: deadlineAt, ...task };
  if (!pending) return { state: 'waiting', ...pausedOf(look), ...task, ...unended };
  // A score that is no time is somebody else's.
  const due = asDate(look.retryAt) ?? new Date(serverNow);
  const cause = record?.[TASK_RECORD.reason] ?? (due.getTime() <= serverNow ? 'shutdown' : 'failure');
  if (cause === 'failure') {
    const lastError = record?.[TASK_RECORD.error];
    const { deliveryCount } = pending;
    return { state: 'retry-scheduled', deliveryCount, dueAt: due, lastError, ...task, ...unended };
  }
  const why = cause === 'postponed' || cause === 'redriven' || cause === 'replayed' ? cause : 'handed-back';
  return { state: 'waiting', why, until: due, deliveryCount: pending.deliveryCount, ...task, ...unended };
}

function pausedOf({ pausedUntil }: TaskLook): Pick<WaitingTask, 'why' | 'until'> {
  if (pausedUntil === undefined) return {};
  const until = asDate(pausedUntil);
  return { why: 'paused', ...(until && { until }) };
}

function unendedOf(id: string, { record, reserved, life }: TaskLook) {
  const deadline = life ? life.deadline : deadlineOf(id, reserved?.[RESERVED_HEADERS.deadline]);
  return {
    deadlineAt: asDate(deadline),
    cancelRequested: cancelOf(record),
    ...(life && { redrives: life.redrives, isReplay: life.isReplay }),
  };
}

function cancelOf(record: TaskLook['record']): { readonly reason: string | undefined } | undefined {
  return record?.[TASK_RECORD.cancelAt] === undefined ? undefined : { reason: record[TASK_RECORD.cancelReason] };
}

function unknownGroup(task: Task, groups: readonly string[]): UnknownTask {
  return { state: 'unknown', trimmed: false, groups, ...task };
}

function isTrimmed(id: string, { first, last }: TaskLook): boolean {
  // Asked about by its own id, and nothing is known of it.
  if (isOwnId(id)) return false;
  if (first !== undefined) return compareEntryIds(id, first) < 0;
  return last !== undefined && compareEntryIds(id, last) <= 0;
}

function asDate(time: string | number | undefined): Date | undefined {
  const date = new Date(time === undefined ? NaN : Number(time));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** undefined for what is no JSON: something else than this library wrote it. */
function asValue(json: string | undefined): { readonly value: unknown } | undefined {
  if (json === undefined) return undefined;
  try {
    return { value: JSON.parse(json) as unknown };
  } catch {
    return undefined;
  }
}
