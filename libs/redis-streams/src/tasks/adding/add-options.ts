import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { AppendCommand, DelayedTask } from '../../model/ports/append.js';
import { integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, plainObject } from '../../options/checks/option-checks.js';
import type { Option, TableOf } from '../../options/checks/option.js';
import { INSTEAD_OF_ADD_OPTIONS } from '../../options/tables/foreign-options.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import { deadlineAt, deadlineField, ttlMs } from './add-deadline.js';
import { delayMs, delayOf, runAt } from './add-delay.js';
import { idempotency, type IdempotencyOptions, keyField, type ResolvedIdempotency } from './add-key.js';

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
   * How long the task waits before it enters the stream, in milliseconds from its add on by Redis's clock; never less. Until then it is kept
   * beside the stream, and costs no worker anything; with 0 it enters at once. It has an id of its own (`t_…`), and `ttlMs` counts from the time
   * when it is due. An add that a broken link left unanswered is sent again, and makes one task. Not with `maxLen` or `minReplicas`. In
   * `addBulk` with each item. Default none; 0 to 315,360,000,000.
   */
  delayMs?: number;
  /** The same as a time, by Redis's clock. One that has passed is now. Instead of `delayMs`. Default none; within ten years. */
  runAt?: Date;
  /**
   * A key that makes several adds one task: the first. The others answer with its id. Atomic with the add, which is sent again while Redis does not
   * answer, and never makes two. See docs/idempotency.md. Not with `minReplicas`. In `addBulk` with each item. Default none.
   */
  idempotency?: IdempotencyOptions;
  /**
   * Waits until so many replicas have the entry, too (Redis WAIT), for tasks that a failover must not lose. Costs a round trip
   * to the replicas, on a connection of its own. `add` only. Default 0; 0 to 1,000.
   */
  minReplicas?: number;
}

/** What each item of `addBulk` says for itself. */
type ItemOption = 'headers' | 'ttlMs' | 'deadlineAt' | 'delayMs' | 'runAt' | 'idempotency';

/** One item of `addBulk`. */
export interface BulkItem<T> extends Pick<AddOptions, ItemOption> {
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
  delayMs,
  runAt,
  idempotency,
  minReplicas: integer({ byDefault: 0, min: 0, max: 1_000 }),
} satisfies TableOf<AddOptions>;

const ITEM_NAMES: readonly (ItemOption | 'payload')[] = [
  ...(['payload', 'headers', 'ttlMs', 'deadlineAt', 'delayMs', 'runAt', 'idempotency'] as const),
];
const ADD_NAMES = Object.keys(ADD_OPTIONS);

/** An option of the library's own: fields that each entry gets, too, names and values in turn. No user can write a symbol by mistake. */
export const RESERVED_FIELDS = Symbol('reserved fields');
export interface InternalAddOptions extends AddOptions {
  readonly [RESERVED_FIELDS]?: readonly string[];
}

/**
 * Marks a task whose result is waited for: its handler keeps it, whatever its options.
 * @param waiter the process that is rung when it has ended; empty: who waits registers
 */
export function keepResult(waiter = ''): InternalAddOptions {
  return { [RESERVED_FIELDS]: [RESERVED_PREFIX + RESERVED_HEADERS.keep, waiter] };
}

/** What an entry gets beside its payload and headers. */
export interface CheckedOptions extends Pick<AppendCommand, 'maxLen' | 'minReplicas'> {
  readonly reserved: readonly string[] | undefined;
  readonly delay: DelayedTask | undefined;
  readonly idempotency: ResolvedIdempotency | undefined;
}

const NO_OPTIONS: CheckedOptions = {
  maxLen: undefined,
  minReplicas: 0,
  reserved: undefined,
  delay: undefined,
  idempotency: undefined,
};

/** @throws RedisStreamsConfigError for the first wrong option */
export function checkedOptions(
  options: InternalAddOptions | undefined,
  known: readonly string[] = ADD_NAMES,
): CheckedOptions {
  if (!options) return NO_OPTIONS;
  assertKnownKeys(plainObject(options, 'The options'), known, 'the options', INSTEAD_OF_ADD_OPTIONS);
  const maxLen = ADD_OPTIONS.maxLen.read(options.maxLen, 'maxLen');
  const minReplicas = ADD_OPTIONS.minReplicas.read(options.minReplicas, 'minReplicas');
  const reserved = options[RESERVED_FIELDS];
  return withOwn({ maxLen, minReplicas, reserved, delay: undefined, idempotency: undefined }, options);
}

/**
 * What holds for one task: what holds for the whole call, and what the task says for itself.
 * @throws RedisStreamsConfigError for the first wrong option, and for two that do not go together
 */
export function withOwn(call: CheckedOptions, own: Pick<AddOptions, ItemOption>): CheckedOptions {
  const expiry = deadlineField(own);
  const delay = delayOf(own, own.deadlineAt);
  const key = idempotency.read(own.idempotency, 'idempotency');
  if (own.delayMs !== undefined || own.runAt !== undefined)
    assertNoOther(call, ['maxLen', 'minReplicas'], 'delayMs and runAt do');
  if (key) assertNoOther(call, ['minReplicas'], 'idempotency does');
  if (!expiry && !delay && !key) return call;
  const reserved = joined(call.reserved, joined(expiry, key && keyField(key)));
  // Not spread: see "What V8 keeps" in docs/performance.md.
  return { maxLen: call.maxLen, minReplicas: call.minReplicas, reserved, delay, idempotency: key };
}

const WHY_NOT = {
  maxLen: 'a stream is trimmed by what enters it, and a delayed task enters later',
  minReplicas:
    'which replicas have a task can only be told of one that is sent once, and such an add may be sent again',
};

function assertNoOther(call: CheckedOptions, others: readonly (keyof typeof WHY_NOT)[], what: string): void {
  const other = others.find((name) => call[name]);
  if (other)
    throw new RedisStreamsConfigError(`${what} not go with ${other}: ${WHY_NOT[other]}. Take one of them out.`);
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
