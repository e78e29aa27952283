import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { DelayedPlace } from '../../model/ports/tasks/own-ids.js';
import { integer } from '../../options/checks/kinds.js';
import { fail } from '../../options/checks/option-checks.js';
import type { Option, TableOf } from '../../options/checks/option.js';
import { delayMs, runAt } from '../adding/add-delay.js';

/** Options of `delayed`. */
export interface DelayedOptions {
  /** Where the page begins: `next` of the page before, or a time by Redis's clock. Default the task that is due next. */
  from?: string | Date | undefined;
  /** How many tasks at most. Default 100; 1 to 1,000. */
  limit?: number;
}

/** When a task is to be due: at a time by Redis's clock, or so many milliseconds from now. */
export type NewDue = Date | { readonly delayMs: number };

const CURSOR = /^(\d{1,16})\.(t_[\w-]{16})$/;
const BEGINNING: DelayedPlace = { dueAt: -1, id: '' };

const from: Option<string | Date, DelayedPlace> = {
  byDefault: 'the task that is due next',
  read: (given, where) => {
    if (given === undefined) return BEGINNING;
    if (given instanceof Date && !Number.isNaN(given.getTime())) return { dueAt: given.getTime(), id: '' };
    const [, dueAt, id] = (typeof given === 'string' && CURSOR.exec(given)) || [];
    if (id === undefined) fail(where, '`next` of the page before, or a valid Date', given);
    return { dueAt: Number(dueAt), id };
  },
};

export const DELAYED_OPTIONS = {
  from,
  limit: integer({ byDefault: 100, min: 1, max: 1_000 }),
} satisfies TableOf<DelayedOptions>;

export function writePlace({ dueAt, id }: DelayedPlace): string {
  return `${dueAt}.${id}`;
}

/**
 * @returns as scripts take it
 * @throws RedisStreamsConfigError for what is no time
 */
export function newDue(given: NewDue, call: string): string {
  if (given instanceof Date) return String(Math.max(0, runAt.read(given, `${call}: the time`)!.getTime()));
  if (typeof given !== 'object' || given === null || given.delayMs === undefined) {
    throw new RedisStreamsConfigError(`${call}: give a Date, or { delayMs }.`);
  }
  return `+${delayMs.read(given.delayMs, `${call}: delayMs`)}`;
}
