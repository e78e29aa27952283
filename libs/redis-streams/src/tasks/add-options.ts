import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { AppendCommand } from '../model/ports/append.js';
import { integer } from '../options/checks/kinds.js';
import { assertKnownKeys, plainObject } from '../options/checks/option-checks.js';
import type { Option, TableOf } from '../options/checks/option.js';
import { INSTEAD_OF_ADD_OPTIONS } from '../options/tables/foreign-options.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../wire/header-contract.js';
import { deadlineAt, deadlineField, ttlMs } from './add-deadline.js';

/** Options of `add`. */
export interface AddOptions {
  /** Strings that travel beside the payload, as `context.headers`: correlation ids, trace context. See docs/headers.md. In `addBulk` with each item. Default none. */
  headers?: Readonly<Record<string, string>>;
  /**
   * Trims the stream to about this many entries, **unprocessed ones included**: Redis drops the oldest without a word,
   * and pending ones lose their payload. Only for streams whose tasks may be lost under load. Default none; 1 or more.
   */
  maxLen?: number;
  /**
   * How long the task is good for, in milliseconds from its add on by Redis's clock: it is not started after that, a run that goes on
   * is aborted then, and it ends as `expired`, without a dead letter. In `addBulk` with each item. Default none; 1 to
   * 315,360,000,000.
   */
  ttlMs?: number;
  /** The same as a time, by Redis's clock. Instead of `ttlMs`. Default none; within ten years. */
  deadlineAt?: Date;
  /**
   * Waits until so many replicas have the entry, too (Redis WAIT), for tasks that a failover must not lose. Costs a round trip
   * to the replicas, on a connection of its own. `add` only. Default 0; 0 to 1,000.
   */
  minReplicas?: number;
}

/** One item of `addBulk`. */
export interface BulkItem<T> extends Pick<AddOptions, 'headers' | 'ttlMs' | 'deadlineAt'> {
  payload: T;
}

type Headers = Readonly<Record<string, string>>;

const headers: Option<Headers, Headers | undefined> = {
  byDefault: 'none',
  read: (given, where) => given && (plainObject(given, where) as Headers),
};

export const ADD_OPTIONS = {
  headers,
  maxLen: integer({ min: 1 }),
  ttlMs,
  deadlineAt,
  minReplicas: integer({ byDefault: 0, min: 0, max: 1_000 }),
} satisfies TableOf<AddOptions>;

const ITEM_NAMES = ['payload', 'headers', 'ttlMs', 'deadlineAt'];
const ADD_NAMES = Object.keys(ADD_OPTIONS);

/** An option of the library's own: fields that each entry gets, too, names and values in turn. No user can write a symbol by mistake. */
export const RESERVED_FIELDS = Symbol('reserved fields');
export interface InternalAddOptions extends AddOptions {
  readonly [RESERVED_FIELDS]?: readonly string[];
}

/** Marks a task whose result is waited for: its handler keeps it, whatever its options. */
export const KEEP_RESULT: InternalAddOptions = { [RESERVED_FIELDS]: [RESERVED_PREFIX + RESERVED_HEADERS.keep, ''] };

/** The options that hold for the whole call. */
export interface CheckedOptions extends Pick<AppendCommand, 'maxLen' | 'minReplicas'> {
  readonly reserved: readonly string[] | undefined;
}

const NO_OPTIONS: CheckedOptions = { maxLen: undefined, minReplicas: 0, reserved: undefined };

/** @throws RedisStreamsConfigError for the first wrong option */
export function checkedOptions(
  options: InternalAddOptions | undefined,
  known: readonly string[] = ADD_NAMES,
): CheckedOptions {
  if (!options) return NO_OPTIONS;
  assertKnownKeys(plainObject(options, 'The options'), known, 'the options', INSTEAD_OF_ADD_OPTIONS);
  return {
    maxLen: ADD_OPTIONS.maxLen.read(options.maxLen, 'maxLen'),
    minReplicas: ADD_OPTIONS.minReplicas.read(options.minReplicas, 'minReplicas'),
    reserved: joined(options[RESERVED_FIELDS], deadlineField(options)),
  };
}

function joined(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  return one && other ? [...one, ...other] : (one ?? other);
}

/** @throws RedisStreamsConfigError for the first wrong option, and for one that is `add`'s alone */
export function checkedBulkOptions(options: Pick<AddOptions, 'maxLen'> | undefined): CheckedOptions {
  return checkedOptions(options, ['maxLen']);
}

/** @throws RedisStreamsConfigError for what is no `{ payload, headers? }` */
export function assertItem(item: unknown): asserts item is BulkItem<unknown> {
  if (typeof item !== 'object' || item === null) {
    throw new RedisStreamsConfigError('it is no object: wrap it: { payload: … }.');
  }
  if (!Object.hasOwn(item, 'payload')) {
    const [key] = Object.keys(item);
    const what = key === undefined ? 'It is empty' : `Unknown option '${key}' in it, which has no payload`;
    throw new RedisStreamsConfigError(`${what}: wrap it: { payload: … }.`);
  }
  assertKnownKeys(item, ITEM_NAMES, 'it', INSTEAD_OF_ADD_OPTIONS);
}
