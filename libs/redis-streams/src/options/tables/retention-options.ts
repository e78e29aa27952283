import { integer } from '../checks/kinds.js';
import { falseOr, nested, type Option, type TableOf } from '../checks/option.js';
import type { DeadLetterOptions, RetentionOptions } from '../options.js';

/** What is kept of entries that are done with. */

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
