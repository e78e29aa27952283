import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';
import type { SubscriptionOptions } from '../subscription-options.js';

useFakeTime();

const RESULT = { ttlMs: 60_000, maxBytes: 20 };

/** What is kept of an entry whose handler has returned this. */
async function after(returned: unknown, options: Partial<SubscriptionOptions> = {}, fields?: string[]) {
  const parts = runnerParts({ options, handler: async () => returned });
  const [entry] = await parts.read(1, fields);
  parts.runner.startNew([entry!]);
  await pass();
  const { records } = parts.stream.tasksOf(parts.options.group);
  return { ...parts, record: Object.fromEntries(records.get(entry!.id) ?? []) };
}

it('what a handler returns is kept as JSON where it is wanted, and nothing where it is not', async () => {
  expect((await after({ a: [1] }, { result: RESULT })).record).toMatchObject({
    state: 'completed',
    result: '{"a":[1]}',
  });
  expect((await after({ a: [1] })).record).toEqual({});
});

it('of nothing it is kept that the task is done', async () => {
  const { record } = await after(undefined, { result: RESULT });
  expect(record).toMatchObject({ state: 'completed' });
  expect(record).not.toHaveProperty('result');
});

it('it is kept for who waits, whatever the handler says', async () => {
  const { record, runs } = await after(7, {}, ['n', '1', '~.keep', '']);
  expect(record).toMatchObject({ state: 'completed', result: '7' });
  expect(runs.ids).toEqual([]);
});

describe('a result that cannot be kept is a dead letter, and its handler does not run again', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  it.each([
    ['a BigInt', 1n, /A result that is kept must be JSON, but the result is a bigint/],
    ['a cycle', circle, /A result that is kept must be JSON/],
    ['a function', () => 1, /A result that is kept must be JSON/],
    ['more than it may be', 'x'.repeat(30), /The result has 32 bytes, more than result.maxBytes \(20\)/],
  ])('%s', async (_what, returned, message) => {
    const { told, stream, pending, record } = await after(returned, { result: RESULT });
    expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'unusable-result' } }]);
    expect(told.of('deadLettered')[0]!.verdict.error.message).toMatch(message);
    expect(stream.deadLetters).toHaveLength(1);
    expect(pending()).toEqual([]);
    expect(record).toMatchObject({ state: 'dead-lettered', reason: 'unusable-result' });
  });
});
