import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { integer, text } from '../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import { type Option, readOptions, type TableOf, type ValuesOf } from '../options/checks/option.js';
import { cronTimes } from './times/cron-times.js';
import { intervalTimes } from './times/interval-times.js';
import type { Times } from './times/times.js';

/**
 * When a schedule ticks: a cron pattern of 5 fields, or of 6 with seconds first; or an interval, whose ticks are its multiples since the
 * Unix epoch. `everyMs` is 1,000 to 31,622,400,000 (366 days).
 */
export type ScheduleWhen = string | { readonly everyMs: number };

/** Options of `@StreamSchedule` and of `StreamSchedules.upsert`. */
export interface ScheduleOptions {
  /** The time zone of a cron pattern, such as `'Europe/Berlin'`. Default `'UTC'`. */
  timeZone?: string;
  /**
   * What comes of ticks that nobody was there for. `'latest'`: the last one that was missed makes its task as soon as a process is
   * there; `'none'`: none does; `{ windowMs }`: the last one, if it is no older. A tick up to 10 s late was not missed. Default `'latest'`.
   */
  catchUp?: 'latest' | 'none' | { readonly windowMs: number };
  /**
   * What comes of a tick while the task of the one before waits or runs in any group of the stream. `'allow'`: a task of its own;
   * `'skip'`: none. Default `'allow'`.
   */
  overlap?: 'allow' | 'skip';
  /**
   * Makes the tasks that much later at most, in milliseconds, each schedule by an amount of its own that stays: a thousand schedules at
   * midnight are no thousand tasks at once. Default 0; up to 86,400,000.
   */
  spreadMs?: number;
}

const LONGEST_MS = 366 * 24 * 3_600_000;
const MOST_NAME_CHARACTERS = 128;
/** What a restart or a short absence of Redis may take: a tick that is no later was not missed. */
const ON_TIME_MS = 10_000;

const catchUp: Option<'latest' | 'none' | { readonly windowMs: number }, number> = {
  byDefault: "`'latest'`",
  allowed: "`'latest'`, `'none'` or `{ windowMs }`",
  read: (given, where) => {
    if (given === undefined || given === 'latest') return Infinity;
    if (given === 'none') return ON_TIME_MS;
    if (typeof given !== 'object' || given === null) fail(where, "'latest', 'none' or { windowMs }", given);
    assertKnownKeys(given, ['windowMs'], where);
    return integer({ byDefault: ON_TIME_MS, min: ON_TIME_MS }).read(given.windowMs, `${where}.windowMs`);
  },
};

const overlap: Option<'allow' | 'skip', 'allow' | 'skip'> = {
  byDefault: "`'allow'`",
  allowed: "`'allow'` or `'skip'`",
  read: (given = 'allow', where) => {
    if (given !== 'allow' && given !== 'skip') fail(where, "'allow' or 'skip'", given);
    return given;
  },
};

export const SCHEDULE_OPTIONS = {
  timeZone: text({ byDefault: 'UTC', allowed: 'the name of a time zone', fits: (given) => given !== '' }),
  catchUp,
  overlap,
  spreadMs: integer({ byDefault: 0, min: 0, max: 24 * 3_600_000 }),
} satisfies TableOf<ScheduleOptions>;

export type CheckedScheduleOptions = ValuesOf<typeof SCHEDULE_OPTIONS>;

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for the first wrong option
 */
export function checkedScheduleOptions(
  options: ScheduleOptions | undefined,
  where: string,
  alsoKnown: readonly string[] = [],
): CheckedScheduleOptions {
  const given = plainObject(options, `${where}: the options`);
  assertKnownKeys(given, [...alsoKnown, ...Object.keys(SCHEDULE_OPTIONS)], where);
  return readOptions(SCHEDULE_OPTIONS, given, `${where}: `);
}

/** @throws RedisStreamsConfigError for a wrong pattern, zone or interval */
export function timesOf(when: ScheduleWhen, timeZone: string, where: string): Times {
  if (typeof when === 'string') return cronTimes(when, timeZone, where);
  const given = plainObject(when, `${where}: when it ticks`);
  assertKnownKeys(given, ['everyMs'], where);
  if (given.everyMs === undefined)
    fail(`${where}: when it ticks`, "a cron pattern or { everyMs }, such as '0 9 * * 1-5'", when);
  return intervalTimes(integer({ byDefault: 0, min: 1_000, max: LONGEST_MS }).read(when.everyMs, `${where}: everyMs`));
}

/** @throws RedisStreamsConfigError for what is no name */
export function assertScheduleName(name: unknown, where: string): asserts name is string {
  const fits = typeof name === 'string' && name !== '' && name.length <= MOST_NAME_CHARACTERS && name.isWellFormed();
  if (!fits)
    throw new RedisStreamsConfigError(
      `${where}: a schedule's name is 1 to ${MOST_NAME_CHARACTERS} characters, got ${typeof name === 'string' ? `one of ${name.length}` : String(name)}.`,
    );
}
