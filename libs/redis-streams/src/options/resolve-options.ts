import { assertKnownKeys, type Instead, plainObject } from './checks/option-checks.js';
import { readOptions, type ValuesOf } from './checks/option.js';
import type { RedisStreamsOptions } from './options.js';
import type { Environment } from './tables/connection.js';
import { INSTEAD_OF_MODULE_OPTIONS } from './tables/foreign-options.js';
import { HANDLER_OPTIONS } from './tables/handler-options.js';
import { moduleOptions } from './tables/module-options.js';

/** Module options, complete and checked. */
export type ResolvedRedisStreamsOptions = ValuesOf<ReturnType<typeof moduleOptions>>;

/** A handler's option among the module's is in the wrong place. */
const INSTEAD: Instead = {
  ...Object.fromEntries(
    Object.keys(HANDLER_OPTIONS).map((name) => [
      name,
      `set it in @StreamHandler, or for all handlers in handlerDefaults: { ${name} }`,
    ]),
  ),
  ...INSTEAD_OF_MODULE_OPTIONS,
};

/** @throws RedisStreamsConfigError for the first wrong option */
export function resolveOptions(
  given: RedisStreamsOptions = {},
  env: Environment = process.env,
): ResolvedRedisStreamsOptions {
  const where = 'RedisStreamsModule options';
  const table = moduleOptions(env);
  assertKnownKeys(plainObject(given, where), Object.keys(table), where, INSTEAD);
  return readOptions(table, given, '');
}
