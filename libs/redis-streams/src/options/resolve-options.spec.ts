import { expect, it } from 'vitest';
import { fieldsCodec, jsonCodec } from '../wire/codec.js';
import type { RedisStreamsOptions } from './options.js';
import { resolveOptions } from './resolve-options.js';

const LOCAL = 'redis://127.0.0.1:6379';
const completed = () => undefined;

it('no options are all defaults', () => {
  expect(resolveOptions(undefined, {})).toEqual({
    connection: LOCAL,
    prefix: '',
    autoStart: true,
    consume: { streams: undefined, groups: undefined },
    streams: undefined,
    codec: fieldsCodec,
    addTimeoutMs: 5_000,
    startupTimeoutMs: 10_000,
    shutdownTimeoutMs: 10_000,
    blockMs: 5_000,
    claimForeignAfterMs: 300_000,
    maxPayloadBytes: 1_048_576,
    abandonGroupAfterMs: undefined,
    handlerDefaults: {},
    hooks: {},
  });
});

it('what is given is taken', () => {
  const given: RedisStreamsOptions = {
    connection: { host: 'a' },
    codec: 'json',
    consume: { streams: ['a'] },
    handlerDefaults: { leaseMs: 500 },
    hooks: { completed },
  };
  expect(resolveOptions(given, {})).toMatchObject({
    ...given,
    codec: jsonCodec,
    consume: { streams: ['a'], groups: undefined },
  });
});

it('the environment says where Redis is, unless the options do', () => {
  const env = { REDIS_URL: 'redis://elsewhere:1' };
  expect(resolveOptions({}, env).connection).toBe('redis://elsewhere:1');
  expect(resolveOptions({ connection: LOCAL }, env).connection).toBe(LOCAL);
  expect(resolveOptions({}, { REDIS_URL: '' }).connection).toBe(LOCAL);
  expect(() => resolveOptions({}, { REDIS_URL: 'elsewhere' })).toThrow(
    /^The environment variable REDIS_URL must be a URL/,
  );
  expect(() => resolveOptions({ connection: '' }, env)).toThrow(/^connection must be a URL/);
});

it('the environment takes a process out of consuming, whatever the options say', () => {
  expect(resolveOptions({ consume: true }, { REDIS_STREAMS_CONSUME: 'false' }).consume).toBe(false);
  expect(resolveOptions({ consume: false }, { REDIS_STREAMS_CONSUME: 'true' }).consume).toBe(false);
  expect(resolveOptions({}, { REDIS_STREAMS_CONSUME: '' }).consume).not.toBe(false);
  expect(() => resolveOptions({}, { REDIS_STREAMS_CONSUME: 'no' })).toThrow(
    "The environment variable REDIS_STREAMS_CONSUME must be 'true' or 'false', got \"no\".",
  );
});

it.each<[object, string]>([
  [{ prefix: '{a}' }, 'prefix must be a string without braces, at most 256 characters, got "{a}".'],
  [{ leaseMs: 5 }, 'Instead, set it in @StreamHandler, or for all handlers in handlerDefaults: { leaseMs }.'],
  [{ handlerDefaults: { leaseMs: 5 } }, 'handlerDefaults: leaseMs must be a whole number, 200 or more, got 5.'],
  [{ consume: { stream: [] } }, "Unknown option 'stream' in consume. Did you mean 'streams'?"],
  [{ hooks: { complete: () => 0 } }, "Unknown option 'complete' in hooks."],
])('%j is refused with what to write', (given, message) => {
  expect(() => resolveOptions(given, {})).toThrow(message);
});
