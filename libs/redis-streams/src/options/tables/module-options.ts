import { STREAM_EVENT_NAMES, type StreamHooks } from '../../model/hooks.js';
import { fieldsCodec, jsonCodec, type StreamCodec } from '../../wire/codec.js';
import { bool, integer, strings, text } from '../checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../checks/option-checks.js';
import type { Option, TableOf } from '../checks/option.js';
import type { RedisStreamsOptions, StreamHandlerOptions } from '../options.js';
import { resolveHandlerOptions } from '../resolve-handler-options.js';
import { connectionOption, type Environment } from './connection.js';
import { consumeOption } from './consume.js';

const HOUR_MS = 3_600_000;
const MIB = 1_048_576;

/** The options of `RedisStreamsModule.forRoot`. */
export const moduleOptions = (env: Environment) =>
  ({
    connection: connectionOption(env),
    prefix: text({
      byDefault: '',
      allowed: 'a string without braces, at most 256 characters',
      fits: (prefix) => !/[{}]/.test(prefix) && prefix.length <= 256,
    }),
    autoStart: bool(true),
    consume: consumeOption(env),
    streams: strings(),
    codec,
    addTimeoutMs: integer({ byDefault: 5_000, min: 100, max: HOUR_MS }),
    startupTimeoutMs: integer({ byDefault: 10_000, min: 100, max: HOUR_MS }),
    shutdownTimeoutMs: integer({ byDefault: 10_000, min: 0, max: 24 * HOUR_MS }),
    blockMs: integer({ byDefault: 5_000, min: 100, max: 60_000 }),
    claimForeignAfterMs: integer({ byDefault: 300_000, min: 1_000 }),
    maxPayloadBytes: integer({ byDefault: MIB, min: 1, max: 512 * MIB }),
    abandonGroupAfterMs: integer({ min: 1_000 }),
    handlerDefaults,
    hooks,
  }) satisfies TableOf<RedisStreamsOptions>;

const codec: Option<'fields' | 'json' | StreamCodec, StreamCodec> = {
  byDefault: "`'fields'`",
  read: (given, where) => {
    if (given === undefined || given === 'fields') return fieldsCodec;
    if (given === 'json') return jsonCodec;
    if (typeof given === 'object' && given !== null && typeof given.encode === 'function') return given;
    return fail(where, "'fields', 'json' or an object with encode(payload)", given);
  },
};

/** Kept as given, to be laid under the options of each handler. */
const handlerDefaults: Option<StreamHandlerOptions, StreamHandlerOptions> = {
  byDefault: 'none',
  read: (given, where) => {
    const defaults: StreamHandlerOptions = plainObject(given, where);
    resolveHandlerOptions(defaults, {}, where);
    return defaults;
  },
};

const hooks: Option<StreamHooks, StreamHooks> = {
  byDefault: 'none',
  read: (given, where) => {
    const functions = plainObject(given, where);
    assertKnownKeys(functions, STREAM_EVENT_NAMES, where);
    for (const [name, hook] of Object.entries(functions)) {
      if (hook !== undefined && typeof hook !== 'function') fail(`${where}.${name}`, 'a function', hook);
    }
    return functions;
  },
};
