import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { integer } from '../../options/checks/kinds.js';
import { fail } from '../../options/checks/option-checks.js';
import type { Option } from '../../options/checks/option.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';

/** When a task expires, as `add` is told it. */
export interface Expiry {
  readonly ttlMs?: number;
  readonly deadlineAt?: Date;
}

const MOST_MS = 10 * 365 * 24 * 3_600_000;
const FIELD = RESERVED_PREFIX + RESERVED_HEADERS.deadline;

export const ttlMs = integer({ min: 1, max: MOST_MS });

export const deadlineAt: Option<Date, Date | undefined> = {
  byDefault: 'none',
  allowed: 'within ten years',
  read: (given: unknown, where) => {
    if (given === undefined) return undefined;
    if (!(given instanceof Date) || Number.isNaN(given.getTime())) fail(where, 'a valid Date', given);
    const inMs = given.getTime() - Date.now();
    if (inMs <= 0) throw new RedisStreamsConfigError(`${where} is in the past: ${given.toISOString()}.`);
    if (inMs > MOST_MS) fail(where, 'a Date within ten years', given);
    return given;
  },
};

/**
 * The header that says so, its name and value in turn; undefined where nothing is said.
 * @throws RedisStreamsConfigError for a wrong one, and for both
 */
export function deadlineField(given: Expiry): readonly string[] | undefined {
  if (given.ttlMs === undefined && given.deadlineAt === undefined) return undefined;
  if (given.ttlMs !== undefined && given.deadlineAt !== undefined)
    throw new RedisStreamsConfigError(
      'ttlMs and deadlineAt are two ways to say when a task expires: give one of them.',
    );
  const until = ttlMs.read(given.ttlMs, 'ttlMs');
  // One that is relative counts from the entry's own time, by Redis's clock: the clocks of producers and workers do not matter.
  if (until !== undefined) return [FIELD, `+${until}`];
  return [FIELD, String(deadlineAt.read(given.deadlineAt, 'deadlineAt')!.getTime())];
}
