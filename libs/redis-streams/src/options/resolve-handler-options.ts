import { assertKnownKeys, plainObject } from './checks/option-checks.js';
import { readOptions, type ValuesOf } from './checks/option.js';
import type { StreamHandlerOptions } from './options.js';
import { INSTEAD_OF_HANDLER_OPTIONS } from './tables/foreign-options.js';
import { HANDLER_OPTIONS } from './tables/handler-options.js';

/** Handler options, complete and checked. */
export interface ResolvedHandlerOptions extends Omit<ValuesOf<typeof HANDLER_OPTIONS>, 'startFrom'> {
  /** The id to create the group at: entries after it are delivered. */
  readonly startAfter: string;
}

/**
 * @param defaults laid under what is given; their `retry` option by option
 * @param where how messages name the place, such as `@StreamHandler('ai:queue')`
 * @throws RedisStreamsConfigError for the first wrong option
 */
export function resolveHandlerOptions(
  given: StreamHandlerOptions,
  defaults: StreamHandlerOptions,
  where: string,
): ResolvedHandlerOptions {
  assertKnownKeys(plainObject(given, where), Object.keys(HANDLER_OPTIONS), where, INSTEAD_OF_HANDLER_OPTIONS);
  const retry = { ...defaults.retry, ...withoutUndefined(plainObject(given.retry, `${where}: retry`)) };
  const options = { ...defaults, ...withoutUndefined(given), retry };
  const { startFrom: startAfter, ...others } = readOptions(HANDLER_OPTIONS, options, `${where}: `);
  return { ...others, startAfter };
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
