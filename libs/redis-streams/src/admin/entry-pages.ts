import { isEntryId } from '../wire/entry-id.js';
import type { RawEntry } from '../model/entry.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { integer } from '../options/checks/kinds.js';

/** Which entries to walk through. */
export interface HistoryOptions {
  /** The first entry, by id or time, inclusive. Default: the oldest kept. */
  from?: string | Date;
  /** The last entry, by id or time, inclusive. Default: the newest at each page. */
  to?: string | Date;
  /** How many entries at most. Default all. */
  limit?: number;
}

/** Reads entries from one id to another, both inclusive, oldest first, at most so many. */
type ReadRange = (from: string, to: string, count: number) => Promise<RawEntry[]>;

const PAGE = 100;
const LIMIT = integer({ min: 0 });

/**
 * Walks through entries, oldest first, in pages, so that a long stream needs little memory.
 * @param call what the messages of errors begin with
 */
export async function* entriesInPages(
  call: string,
  options: HistoryOptions,
  read: ReadRange,
): AsyncGenerator<RawEntry> {
  const to = options.to === undefined ? '+' : asBound(options.to, `${call}: to`);
  let from = options.from === undefined ? '-' : asBound(options.from, `${call}: from`);
  let left = LIMIT.read(options.limit, `${call}: limit`) ?? Infinity;
  let last: string | undefined;
  while (left > 0) {
    // Exclusive ranges are newer than 6.0: each page but the first begins with an entry that was already given.
    const page = await read(from, to, Math.min(PAGE, left) + 1);
    const fresh = page.filter(({ id }) => id !== last).slice(0, left);
    if (fresh.length === 0) return;
    yield* fresh;
    left -= fresh.length;
    from = last = fresh.at(-1)!.id;
  }
}

function asBound(bound: string | Date, where: string): string {
  // Redis takes an id without its sequence as the first, or for an end the last, of that millisecond.
  if (bound instanceof Date && !Number.isNaN(bound.getTime())) return String(Math.max(0, bound.getTime()));
  if (typeof bound === 'string' && isEntryId(bound)) return bound;
  throw new RedisStreamsConfigError(
    `${where} must be a Date or an entry id such as '1699980000000-0', got ${JSON.stringify(bound)}.`,
  );
}
