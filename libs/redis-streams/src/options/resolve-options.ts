import { fieldsCodec, jsonCodec, type StreamCodec } from '../wire/codec.js';
import { INSTEAD_OF_MODULE_OPTIONS, type Instead } from './foreign-options.js';
import { STREAM_EVENT_NAMES, type StreamHooks } from '../model/hooks.js';
import { assertKnownKeys, bool, fail, integer, plainObject, stringList } from './option-checks.js';
import type { ConnectionOptions, RedisStreamsOptions, StreamHandlerOptions } from './options.js';
import { type Environment, resolveConnection } from './resolve-connection.js';
import { HANDLER_KEYS, resolveHandlerOptions } from './resolve-handler-options.js';

/** Module options, complete and checked. */
export interface ResolvedRedisStreamsOptions {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly autoStart: boolean;
  readonly consume: ResolvedConsume;
  readonly streams: readonly string[] | undefined;
  readonly codec: StreamCodec;
  readonly addTimeoutMs: number;
  readonly startupTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly blockMs: number;
  readonly claimForeignAfterMs: number;
  readonly maxPayloadBytes: number;
  readonly abandonGroupAfterMs: number | undefined;
  readonly handlerDefaults: StreamHandlerOptions;
  readonly hooks: StreamHooks;
}

/** Which handlers run here; a missing list allows all. */
export type ResolvedConsume =
  false | { readonly streams: readonly string[] | undefined; readonly groups: readonly string[] | undefined };

const OPTION_KEYS = [
  'connection',
  'prefix',
  'autoStart',
  'consume',
  'streams',
  'codec',
  'addTimeoutMs',
  'startupTimeoutMs',
  'shutdownTimeoutMs',
  'blockMs',
  'claimForeignAfterMs',
  'maxPayloadBytes',
  'abandonGroupAfterMs',
  'handlerDefaults',
  'hooks',
] as const satisfies readonly (keyof RedisStreamsOptions)[];

/** A handler's option among the module's is in the wrong place. */
const INSTEAD: Instead = {
  ...Object.fromEntries(
    HANDLER_KEYS.map((key) => [key, `set it in @StreamHandler, or for all handlers in handlerDefaults: { ${key} }`]),
  ),
  ...INSTEAD_OF_MODULE_OPTIONS,
};

/** @throws RedisStreamsConfigError for the first wrong option */
export function resolveOptions(
  given: RedisStreamsOptions = {},
  env: Environment = process.env,
): ResolvedRedisStreamsOptions {
  const where = 'RedisStreamsModule options';
  assertKnownKeys(plainObject(given, where), OPTION_KEYS, where, INSTEAD);
  const handlerDefaults = plainObject(given.handlerDefaults, 'handlerDefaults') as StreamHandlerOptions;
  resolveHandlerOptions(handlerDefaults, {}, 'handlerDefaults');
  return {
    connection: resolveConnection(given.connection, env),
    prefix: resolvePrefix(given.prefix),
    autoStart: bool(given.autoStart, true, 'autoStart'),
    consume: resolveConsume(given.consume, env),
    streams: stringList(given.streams, 'streams'),
    codec: resolveCodec(given.codec),
    addTimeoutMs: integer(given.addTimeoutMs, 5_000, 'addTimeoutMs', 100, 3_600_000),
    startupTimeoutMs: integer(given.startupTimeoutMs, 10_000, 'startupTimeoutMs', 100, 3_600_000),
    shutdownTimeoutMs: integer(given.shutdownTimeoutMs, 10_000, 'shutdownTimeoutMs', 0, 24 * 3_600_000),
    blockMs: integer(given.blockMs, 5_000, 'blockMs', 100, 60_000),
    claimForeignAfterMs: integer(given.claimForeignAfterMs, 300_000, 'claimForeignAfterMs', 1_000),
    maxPayloadBytes: integer(given.maxPayloadBytes, 1_048_576, 'maxPayloadBytes', 1, 512 * 1_048_576),
    abandonGroupAfterMs:
      given.abandonGroupAfterMs === undefined
        ? undefined
        : integer(given.abandonGroupAfterMs, 0, 'abandonGroupAfterMs', 1_000),
    handlerDefaults,
    hooks: resolveHooks(given.hooks),
  };
}

function resolvePrefix(prefix: unknown): string {
  if (prefix === undefined) return '';
  if (typeof prefix !== 'string' || /[{}]/.test(prefix) || prefix.length > 256) {
    fail('prefix', 'a string without braces, at most 256 characters', prefix);
  }
  return prefix;
}

function resolveConsume(given: RedisStreamsOptions['consume'], env: Environment): ResolvedConsume {
  const fromEnv = env.REDIS_STREAMS_CONSUME;
  if (fromEnv !== undefined && fromEnv !== '' && fromEnv !== 'true' && fromEnv !== 'false') {
    fail('The environment variable REDIS_STREAMS_CONSUME', "'true' or 'false'", fromEnv);
  }
  if (fromEnv === 'false' || given === false) return false;
  if (given === undefined || given === true) return { streams: undefined, groups: undefined };
  if (typeof given !== 'object') fail('consume', 'true, false or an object with streams or groups', given);
  const filter = plainObject(given, 'consume');
  assertKnownKeys(filter, ['streams', 'groups'], 'consume');
  return {
    streams: stringList(filter.streams, 'consume.streams'),
    groups: stringList(filter.groups, 'consume.groups'),
  };
}

function resolveCodec(codec: RedisStreamsOptions['codec']): StreamCodec {
  if (codec === undefined || codec === 'fields') return fieldsCodec;
  if (codec === 'json') return jsonCodec;
  if (typeof codec === 'object' && codec !== null && typeof codec.encode === 'function') return codec;
  return fail('codec', "'fields', 'json' or an object with encode(payload)", codec);
}

function resolveHooks(given: unknown): StreamHooks {
  const hooks = plainObject(given, 'hooks');
  assertKnownKeys(hooks, STREAM_EVENT_NAMES, 'hooks');
  for (const [name, hook] of Object.entries(hooks)) {
    if (hook !== undefined && typeof hook !== 'function') fail(`hooks.${name}`, 'a function', hook);
  }
  return hooks;
}
