import { SHORTEST_LEASE_MS } from '../../model/policy/lease-rule.js';
import { bool, integer, text } from '../checks/kinds.js';
import { nested, type TableOf } from '../checks/option.js';
import type { StreamHandlerOptions } from '../options.js';
import { INSTEAD_OF_RETRY_OPTIONS } from './foreign-options.js';
import { output } from './output-options.js';
import { deadLetter, result, retention } from './retention-options.js';
import { RETRY_OPTIONS } from './retry-options.js';
import { startFrom } from './start-from.js';

/** Of handlers, and of what is asked about tasks. */
export const DEFAULT_GROUP = 'workers';

const group = text({
  byDefault: DEFAULT_GROUP,
  allowed: 'a string of 1 to 256 characters',
  fits: (name) => name.length > 0 && name.length <= 256 && name.isWellFormed(),
});

/** The options of `@StreamHandler`. */
export const HANDLER_OPTIONS = {
  // null is taken as left out, as it always was here.
  group: { ...group, read: (given, where) => group.read(given ?? undefined, where) },
  concurrency: integer({ byDefault: 10, min: 1, max: 10_000 }),
  startFrom,
  leaseMs: integer({ byDefault: 30_000, min: SHORTEST_LEASE_MS }),
  leaseThread: bool(false),
  retry: nested(RETRY_OPTIONS, { instead: INSTEAD_OF_RETRY_OPTIONS }),
  timeoutMs: integer({ min: 1 }),
  abortGraceMs: integer({ byDefault: 5_000, min: 0 }),
  deadLetter,
  retention,
  result,
  output,
} satisfies TableOf<StreamHandlerOptions>;
