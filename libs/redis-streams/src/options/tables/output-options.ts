import { integer } from '../checks/kinds.js';
import { falseOr, nested, type Option, type TableOf, type ValuesOf } from '../checks/option.js';
import type { OutputOptions } from '../options.js';

/** What is kept of a handler's output. */

const HOUR_MS = 3_600_000;
const MIB = 1_048_576;

const OUTPUT_OPTIONS = {
  ttlMs: integer({ byDefault: HOUR_MS, min: 1_000, max: 30 * 24 * HOUR_MS }),
  maxChunks: integer({ byDefault: 100_000, min: 1, max: 10_000_000 }),
  maxBytes: integer({ byDefault: 8 * MIB, min: 1_024, max: 512 * MIB }),
  flushMs: integer({ byDefault: 30, min: 0, max: 10_000 }),
  flushBytes: integer({ byDefault: 4_096, min: 1, max: MIB }),
} satisfies TableOf<OutputOptions>;

/** Complete and checked. */
export type ResolvedOutputOptions = ValuesOf<typeof OUTPUT_OPTIONS>;

const kept = falseOr(
  nested(OUTPUT_OPTIONS, { byDefault: 'kept of `async *` methods, none of others' }),
  '{ ttlMs: 3600000 }',
);

/** Left out, it is for whoever knows the method to say. */
export const output: Option<false | OutputOptions, ResolvedOutputOptions | undefined> = {
  ...kept,
  read: (given, where) => (given === undefined ? undefined : kept.read(given, where)),
};
