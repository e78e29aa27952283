import { expect, it } from 'vitest';
import type { StreamHandlerOptions } from './options.js';
import { resolveHandlerOptions } from './resolve-handler-options.js';

const resolve = (given: StreamHandlerOptions, defaults: StreamHandlerOptions = {}) =>
  resolveHandlerOptions(given, defaults, 'here');

const backoff = (failures: number) => failures;

it('no options are all defaults', () => {
  expect(resolve({})).toEqual({
    group: 'workers',
    concurrency: 10,
    startAfter: '0-0',
    leaseMs: 30_000,
    leaseThread: false,
    retry: {
      maxDeliveries: 5,
      backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 },
      maxAgeMs: Infinity,
    },
    timeoutMs: undefined,
    abortGraceMs: 5_000,
    deadLetter: { maxLen: undefined },
    retention: { maxEntries: 10_000, maxAgeMs: undefined },
  });
});

it('what is given wins over the defaults for all handlers, and undefined does not', () => {
  const defaults = { concurrency: 3, leaseMs: 1_000, retry: { maxDeliveries: 8, maxAgeMs: 7 } };
  const { concurrency, leaseMs, retry } = resolve(
    { concurrency: undefined, leaseMs: 2_000, retry: { maxDeliveries: undefined, maxAgeMs: 9 } },
    defaults,
  );
  expect({ concurrency, leaseMs, retry }).toMatchObject({
    concurrency: 3,
    leaseMs: 2_000,
    retry: { maxDeliveries: 8, maxAgeMs: 9 },
  });
});

it.each([
  ['first', '0-0'],
  ['new', '$'],
  ['1699980000000-5', '1699980000000-4'],
  [new Date(1_699_980_000_000), '1699979999999-18446744073709551615'],
])('startFrom %s begins after %s', (startFrom, startAfter) => {
  expect(resolve({ startFrom }).startAfter).toBe(startAfter);
});

it.each([new Date(NaN), new Date(-1)])('startFrom %j is refused', (startFrom) => {
  expect(() => resolve({ startFrom })).toThrow('here: startFrom is an invalid Date.');
});

it('a backoff may be a function', () => {
  expect(resolve({ retry: { backoff } }).retry.backoff).toBe(backoff);
});

it.each<[StreamHandlerOptions['retention'], unknown]>([
  [false, undefined],
  [{ maxAgeMs: 5 }, { maxEntries: Infinity, maxAgeMs: 5 }],
  [
    { maxAgeMs: 5, maxEntries: 0 },
    { maxEntries: 0, maxAgeMs: 5 },
  ],
  [{}, { maxEntries: 10_000, maxAgeMs: undefined }],
])('retention %j keeps %j', (retention, kept) => {
  expect(resolve({ retention }).retention).toEqual(kept);
});

it('deadLetter may be off, or bounded', () => {
  expect(resolve({ deadLetter: false }).deadLetter).toBeUndefined();
  expect(resolve({ deadLetter: { maxLen: 3 } }).deadLetter).toEqual({ maxLen: 3 });
});

it('the first wrong option is told with the place and its full name', () => {
  expect(() => resolve({ leaseMs: 1, retry: { backoff: { factor: 0 } } })).toThrow(
    'here: leaseMs must be a whole number, 200 or more, got 1.',
  );
  expect(() => resolve({ retry: { backoff: { factor: 0 } } })).toThrow(
    'here: retry.backoff.factor must be a number from 1 to 100, got 0.',
  );
});
