import type { DeadLetterReason } from '../../model/policy/retry-policy.js';
import { assertLetterId } from '../../wire/tasks/task-id.js';
import { compareEntryIds, entryTimeMs } from '../../wire/entry-id.js';
import { bool, integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import { type Option, readOptions, type TableOf } from '../../options/checks/option.js';
import { FIRST_ID, fromBound, LAST_ID, lastIdOf, toBound } from '../bounds.js';
import { headerOf, type LetterFacts } from './letter-facts.js';

/** Which dead letters. Where several are given, all must hold. */
export interface DeadLetterFilter {
  /** These, by `DeadLetter.id`; at most 10,000. `StreamTasks.get` tells the letter of a task. */
  ids?: readonly string[];
  /** Given up by this group. */
  group?: string;
  /** Given up for this reason. */
  reason?: DeadLetterReason | 'unknown';
  /** Whose error has this text in it, in whichever case. */
  error?: string;
  /** Of tasks with these headers. Those of a task with more than about 3,500 fields are not looked at. */
  headers?: Readonly<Record<string, string>>;
  /** Given up since then; or from this letter on. */
  from?: string | Date;
  /** Given up until then; or up to this letter. */
  to?: string | Date;
  /** Given up longer ago than so many milliseconds, by Redis's clock, when it is asked. */
  olderThanMs?: number;
  /** Only of tasks that had been redriven before, or only of those that had not. */
  redriven?: boolean;
}

const MOST_IDS = 10_000;

const ids: Option<readonly string[], readonly string[] | undefined> = {
  read: (given, where) => {
    if (given === undefined) return undefined;
    if (!Array.isArray(given) || given.length > MOST_IDS) fail(where, `a list of up to ${MOST_IDS} ids`, given);
    for (const id of given as unknown[]) assertLetterId(id, where);
    return [...new Set(given as string[])].toSorted(compareEntryIds);
  },
};

const words: Option<string, string | undefined> = {
  read: (given, where) => {
    if (given === undefined) return undefined;
    if (typeof given !== 'string' || given === '') fail(where, 'a text', given);
    return given;
  },
};

const headers: Option<Readonly<Record<string, string>>, Readonly<Record<string, string>> | undefined> = {
  read: (given, where) => {
    if (given === undefined) return undefined;
    for (const [name, value] of Object.entries(plainObject(given, where)))
      if (typeof value !== 'string') fail(`${where}.${name}`, 'a string', value);
    return given;
  },
};

const FILTER = {
  ids,
  group: words,
  reason: words,
  error: words,
  headers,
  from: fromBound,
  to: toBound,
  olderThanMs: integer({ min: 0 }),
  redriven: {
    ...bool(false),
    read: (given, where) => (given === undefined ? undefined : bool(false).read(given, where)),
  },
} satisfies TableOf<DeadLetterFilter>;

export const FILTER_KEYS = Object.keys(FILTER);

/** A filter as it is kept, and can be asked: times are ids. */
export interface CheckedFilter {
  readonly ids?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly reason?: string | undefined;
  readonly error?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly from: string;
  readonly to: string;
  readonly redriven?: boolean | undefined;
}

/** One that goes by an age, too. */
export interface AgedFilter extends CheckedFilter {
  readonly olderThanMs?: number | undefined;
}

/**
 * @param where what the messages of errors begin with
 * @param more keys that others check
 * @throws RedisStreamsConfigError for a wrong one
 */
export function checkedFilter(given: object, where: string, more: readonly string[] = []): AgedFilter {
  const options = plainObject(given, where);
  assertKnownKeys(options, [...FILTER_KEYS, ...more], where);
  const { from = FIRST_ID, to = LAST_ID, ...rest } = readOptions(FILTER, options, `${where}: `);
  return { ...rest, from, to };
}

/** @param askNow for the server's clock: asked where the filter goes by an age */
export async function withoutAge<Filter extends AgedFilter>(
  { olderThanMs, ...filter }: Filter,
  askNow: () => Promise<number>,
): Promise<Omit<Filter, 'olderThanMs'>> {
  if (olderThanMs === undefined) return filter;
  const before = lastIdOf((await askNow()) - olderThanMs);
  return compareEntryIds(before, filter.to) < 0 ? { ...filter, to: before } : filter;
}

/** Whether a letter is meant; that it is between `from` and `to`, and among the ids, is for who reads it to see to. */
export function isMeant(
  letter: LetterFacts,
  { group, reason, error, headers: wanted, redriven }: CheckedFilter,
): boolean {
  if (group !== undefined && letter.group !== group) return false;
  if (reason !== undefined && letter.reason !== reason) return false;
  if (error !== undefined && !letter.error.toLowerCase().includes(error.toLowerCase())) return false;
  if (redriven !== undefined && letter.redrives > 0 !== redriven) return false;
  if (!wanted) return true;
  return Object.entries(wanted).every(([name, value]) => headerOf(letter, name) === value);
}

/** When the letter was written. */
export function diedAt({ id }: LetterFacts): Date {
  return new Date(entryTimeMs(id));
}
