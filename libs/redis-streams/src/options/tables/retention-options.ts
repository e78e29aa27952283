import { integer } from '../checks/kinds.js';
import { falseOr, nested, type Option, type TableOf, type ValuesOf } from '../checks/option.js';
import type { DeadLetterOptions, ResultOptions, RetentionOptions } from '../options.js';

/** What is kept of entries that are done with, and of what their handlers returned. */

const DEAD_LETTER_OPTIONS = {
  maxLen: integer({ min: 1 }),
} satisfies TableOf<DeadLetterOptions>;

export const deadLetter = falseOr(
  nested(DEAD_LETTER_OPTIONS, { byDefault: 'kept in `{stream}:dead`, unbounded' }),
  '{ maxLen: 10000 }',
);

const MOST_ENTRIES = 10_000;

const RETENTION_OPTIONS = {
  maxEntries: { ...integer({ min: 0 }), byDefault: '10,000, or none where `maxAgeMs` is given' },
  maxAgeMs: integer({ min: 1 }),
} satisfies TableOf<RetentionOptions>;

const bounds = nested(RETENTION_OPTIONS, { byDefault: 'about the last 10,000 entries' });

const bounded: Option<RetentionOptions, { readonly maxEntries: number; readonly maxAgeMs: number | undefined }> = {
  ...bounds,
  read: (given, where) => {
    const { maxAgeMs, maxEntries = maxAgeMs === undefined ? MOST_ENTRIES : Infinity } = bounds.read(given, where);
    return { maxEntries, maxAgeMs };
  },
};

export const retention = falseOr(bounded, '{ maxEntries: 10000 }');

const HOUR_MS = 3_600_000;

const RESULT_OPTIONS = {
  ttlMs: integer({ byDefault: HOUR_MS, min: 1_000, max: 30 * 24 * HOUR_MS }),
  // One command holds no more than a string of V8, and a result is one of many in it.
  maxBytes: integer({ byDefault: 262_144, min: 1, max: 64 * 1_048_576 }),
} satisfies TableOf<ResultOptions>;

/** Complete and checked. */
export type ResolvedResultOptions = ValuesOf<typeof RESULT_OPTIONS>;

const kept = falseOr(nested(RESULT_OPTIONS, { byDefault: 'none' }), '{ ttlMs: 3600000 }');

export const result: Option<false | ResultOptions, ResolvedResultOptions | undefined> = {
  ...kept,
  read: (given, where) => (given === undefined ? undefined : kept.read(given, where)),
};
