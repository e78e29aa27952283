import { DEFAULT_BACKOFF, type BackoffFunction, type ResolvedBackoffOptions } from '../model/policy/backoff.js';
import { isEntryId, previousEntryId } from '../wire/entry-id.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { INSTEAD_OF_BACKOFF_OPTIONS, INSTEAD_OF_HANDLER_OPTIONS, INSTEAD_OF_RETRY_OPTIONS } from './foreign-options.js';
import { assertKnownKeys, bool, decimal, fail, integer, plainObject } from './option-checks.js';
import type { StartFrom, StreamHandlerOptions } from './options.js';
import type { RetryPolicy } from '../model/policy/retry-policy.js';

/** Handler options, complete and checked. */
export interface ResolvedHandlerOptions {
  readonly group: string;
  readonly concurrency: number;
  /** The id to create the group at: entries after it are delivered. */
  readonly startAfter: string;
  readonly leaseMs: number;
  readonly leaseThread: boolean;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | undefined;
  readonly abortGraceMs: number;
  /** undefined: nothing is kept. */
  readonly deadLetter: { readonly maxLen: number | undefined } | undefined;
  /** undefined: nothing is trimmed. */
  readonly retention: { readonly maxEntries: number; readonly maxAgeMs: number | undefined } | undefined;
}

export const HANDLER_KEYS = [
  'group',
  'concurrency',
  'startFrom',
  'leaseMs',
  'leaseThread',
  'retry',
  'timeoutMs',
  'abortGraceMs',
  'deadLetter',
  'retention',
] as const satisfies readonly (keyof StreamHandlerOptions)[];

/**
 * @param where how messages name the place, such as `@StreamHandler('ai:queue')`
 * @throws RedisStreamsConfigError for the first wrong option
 */
export function resolveHandlerOptions(
  given: StreamHandlerOptions,
  defaults: StreamHandlerOptions,
  where: string,
): ResolvedHandlerOptions {
  assertKnownKeys(plainObject(given, where), HANDLER_KEYS, where, INSTEAD_OF_HANDLER_OPTIONS);
  const retry = { ...defaults.retry, ...dropUndefined(plainObject(given.retry, `${where}: retry`)) };
  const options = { ...defaults, ...dropUndefined(given), retry };
  const { timeoutMs } = options;
  return {
    group: groupName(options.group ?? 'workers', `${where}: group`),
    concurrency: integer(options.concurrency, 10, `${where}: concurrency`, 1, 10_000),
    startAfter: startAfter(options.startFrom ?? 'first', `${where}: startFrom`),
    leaseMs: integer(options.leaseMs, 30_000, `${where}: leaseMs`, 200),
    leaseThread: bool(options.leaseThread, false, `${where}: leaseThread`),
    retry: resolveRetry(options.retry, `${where}: retry`),
    timeoutMs: timeoutMs === undefined ? undefined : integer(timeoutMs, 0, `${where}: timeoutMs`, 1),
    abortGraceMs: integer(options.abortGraceMs, 5_000, `${where}: abortGraceMs`, 0),
    deadLetter: resolveDeadLetter(options.deadLetter, `${where}: deadLetter`),
    retention: resolveRetention(options.retention, `${where}: retention`),
  };
}

function dropUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function groupName(group: unknown, where: string): string {
  if (typeof group !== 'string' || group.length === 0 || group.length > 256 || !group.isWellFormed()) {
    fail(where, 'a string of 1 to 256 characters', group);
  }
  return group;
}

function resolveRetry(given: StreamHandlerOptions['retry'], where: string): RetryPolicy {
  const retry = plainObject(given, where);
  assertKnownKeys(retry, ['maxDeliveries', 'backoff', 'maxAgeMs'], where, INSTEAD_OF_RETRY_OPTIONS);
  return {
    maxDeliveries: integer(retry.maxDeliveries, 5, `${where}.maxDeliveries`, 1),
    backoff: resolveBackoff(retry.backoff, `${where}.backoff`),
    maxAgeMs: retry.maxAgeMs === undefined ? Infinity : integer(retry.maxAgeMs, 0, `${where}.maxAgeMs`, 1),
  };
}

function resolveBackoff(given: unknown, where: string): ResolvedBackoffOptions | BackoffFunction {
  if (typeof given === 'function') return given as BackoffFunction;
  const backoff = plainObject(given, where);
  assertKnownKeys(backoff, ['initialMs', 'factor', 'maxMs', 'jitter'], where, INSTEAD_OF_BACKOFF_OPTIONS);
  const day = 24 * 3_600_000;
  return {
    initialMs: integer(backoff.initialMs, DEFAULT_BACKOFF.initialMs, `${where}.initialMs`, 0, 30 * day),
    factor: decimal(backoff.factor, DEFAULT_BACKOFF.factor, `${where}.factor`, 1, 100),
    maxMs: integer(backoff.maxMs, DEFAULT_BACKOFF.maxMs, `${where}.maxMs`, 0, 30 * day),
    jitter: decimal(backoff.jitter, DEFAULT_BACKOFF.jitter, `${where}.jitter`, 0, 1),
  };
}

function resolveDeadLetter(given: unknown, where: string): ResolvedHandlerOptions['deadLetter'] {
  if (given === false) return undefined;
  if (given === true) return fail(where, 'false, or an object such as { maxLen: 10000 }', given);
  const deadLetter = plainObject(given, where);
  assertKnownKeys(deadLetter, ['maxLen'], where);
  const { maxLen } = deadLetter;
  return { maxLen: maxLen === undefined ? undefined : integer(maxLen, 0, `${where}.maxLen`, 1) };
}

function resolveRetention(given: unknown, where: string): ResolvedHandlerOptions['retention'] {
  if (given === false) return undefined;
  if (given === true) return fail(where, 'false, or an object such as { maxEntries: 10000 }', given);
  const retention = plainObject(given, where);
  assertKnownKeys(retention, ['maxEntries', 'maxAgeMs'], where);
  const maxAgeMs =
    retention.maxAgeMs === undefined ? undefined : integer(retention.maxAgeMs, 0, `${where}.maxAgeMs`, 1);
  const byDefault = maxAgeMs === undefined ? 10_000 : Infinity;
  return { maxEntries: integer(retention.maxEntries, byDefault, `${where}.maxEntries`, 0), maxAgeMs };
}

function startAfter(from: StartFrom, where: string): string {
  if (from === 'first') return '0-0';
  if (from === 'new') return '$';
  if (from instanceof Date) {
    if (Number.isNaN(from.getTime()) || from.getTime() < 0)
      throw new RedisStreamsConfigError(`${where} is an invalid Date.`);
    return previousEntryId(String(from.getTime()));
  }
  if (typeof from !== 'string' || !isEntryId(from)) {
    fail(where, "'first', 'new', a Date, or an entry id such as '1699980000000-0'", from);
  }
  return previousEntryId(from);
}
