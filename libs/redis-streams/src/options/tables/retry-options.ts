import type { BackoffFunction, BackoffOptions } from '../../model/policy/backoff.js';
import { decimal, integer } from '../checks/kinds.js';
import { nested, type Option, type TableOf, type ValuesOf } from '../checks/option.js';
import type { RetryOptions } from '../options.js';
import { INSTEAD_OF_BACKOFF_OPTIONS } from './foreign-options.js';

const MONTH_MS = 30 * 24 * 3_600_000;

const BACKOFF_OPTIONS = {
  initialMs: integer({ byDefault: 1_000, min: 0, max: MONTH_MS }),
  factor: decimal({ byDefault: 2, min: 1, max: 100 }),
  maxMs: integer({ byDefault: 300_000, min: 0, max: MONTH_MS }),
  jitter: decimal({ byDefault: 0.2, min: 0, max: 1 }),
} satisfies TableOf<BackoffOptions>;

const exponential = nested(BACKOFF_OPTIONS, { instead: INSTEAD_OF_BACKOFF_OPTIONS });

const backoff: Option<BackoffOptions | BackoffFunction, ValuesOf<typeof BACKOFF_OPTIONS> | BackoffFunction> = {
  ...exponential,
  read: (given, where) => (typeof given === 'function' ? given : exponential.read(given, where)),
};

export const RETRY_OPTIONS = {
  maxDeliveries: integer({ byDefault: 5, min: 1 }),
  backoff,
  maxAgeMs: integer({ byDefault: Infinity, min: 1 }),
} satisfies TableOf<RetryOptions>;
