import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { DelayedTask } from '../../model/ports/append.js';
import { integer } from '../../options/checks/kinds.js';
import { fail } from '../../options/checks/option-checks.js';
import type { Option } from '../../options/checks/option.js';
import { newOwnId } from '../../wire/tasks/own-id.js';

/** When a task is due, as `add` is told it. */
export interface Due {
  readonly delayMs?: number;
  readonly runAt?: Date;
}

const MOST_MS = 10 * 365 * 24 * 3_600_000;

export const delayMs = integer({ min: 0, max: MOST_MS });

export const runAt: Option<Date, Date | undefined> = {
  byDefault: 'none',
  allowed: 'within ten years',
  read: (given: unknown, where) => {
    if (given === undefined) return undefined;
    if (!(given instanceof Date) || Number.isNaN(given.getTime())) fail(where, 'a valid Date', given);
    if (given.getTime() - Date.now() > MOST_MS) fail(where, 'a Date within ten years', given);
    return given;
  },
};

/**
 * What is to be done to add a task that is due later; undefined for one that is due now. Whether a time has passed is not for this process to
 * say, whose clock may be wrong: by Redis's it may be an hour from now.
 * @param deadlineAt when it expires
 * @throws RedisStreamsConfigError for a wrong one, for both, and for a task that would expire before it is due
 */
export function delayOf(given: Due, deadlineAt: Date | undefined): DelayedTask | undefined {
  if (given.delayMs === undefined && given.runAt === undefined) return undefined;
  if (given.delayMs !== undefined && given.runAt !== undefined)
    throw new RedisStreamsConfigError('delayMs and runAt are two ways to say when a task is due: give one of them.');
  const inMs = delayMs.read(given.delayMs, 'delayMs');
  const at = inMs === undefined ? runAt.read(given.runAt, 'runAt')!.getTime() : Date.now() + inMs;
  if (inMs === 0) return undefined;
  if (deadlineAt && deadlineAt.getTime() <= at)
    throw new RedisStreamsConfigError(
      `deadlineAt (${deadlineAt.toISOString()}) is not after the time when the task is due: it would never run. ttlMs counts from that time on.`,
    );
  return { taskId: newOwnId(), due: inMs === undefined ? String(at) : `+${inMs}` };
}

/** In how many milliseconds it is due, by this process's clock. */
export function dueInMs(due: string): number {
  return due.startsWith('+') ? Number(due) : Number(due) - Date.now();
}
