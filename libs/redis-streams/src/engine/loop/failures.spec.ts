import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import type { FailureKind } from '../../model/ports/redis-failure.js';

useFakeTime();

const KINDS: readonly FailureKind[] = [
  ...(['group-missing', 'disconnected', 'read-only', 'elsewhere'] as const),
  ...(['forbidden', 'wrong-type', 'refused'] as const),
];
const CALLS = ['connect', 'ensure', 'claimDue', 'sweep', 'read'] as const;

/** A worker that is about to connect again, so that every call of the loop comes once more. */
async function reconnecting(): Promise<TestWorker> {
  const worker = await startedWorker();
  worker.broker.breakReaders();
  await pass();
  return worker;
}

describe.each(CALLS)('%s fails', (call) => {
  it.each(KINDS)('with %s: the loop tells it once, does what mends it, and consumes again', async (kind) => {
    const worker = await reconnecting();
    const count = (name: 'ensure' | 'disconnect') => worker.broker.calls(name).length;
    const before = { ensure: count('ensure'), disconnect: count('disconnect') };
    worker.broker.fail(call, { kind, message: 'it failed' });
    worker.stream.add(['n', '1'], '1-0');
    await pass(2_000);

    expect(worker.runs.ids).toEqual(['1-0']);
    expect(worker.events.of('loopInterrupted')).toHaveLength(1);
    expect(worker.events.of('loopStillInterrupted')).toEqual([{ type: 'loopStillInterrupted', reason: 'it failed' }]);
    expect(worker.events.of('loopResumed')).toHaveLength(1);
    expect(worker.subscription.status()).toMatchObject({ phase: 'running', reason: undefined });

    const isLeft = kind === 'read-only' || kind === 'elsewhere';
    expect(worker.broker.calls('leaveServer').map(({ args }) => args[0])).toEqual(isLeft ? [kind] : []);
    expect(count('disconnect') - before.disconnect).toBe(kind === 'disconnected' ? 1 : 0);
    // Once with each new connection, and for a group that is missing.
    const isConnectedAnew = isLeft || kind === 'disconnected';
    const connects = call === 'connect' || call === 'ensure' ? 1 : isConnectedAnew ? 2 : 1;
    const mends = kind === 'group-missing' ? 1 : 0;
    const failed = call === 'ensure' ? 1 : 0;
    expect(count('ensure') - before.ensure).toBe(connects + mends + failed);
  });
});

it.each(KINDS)(
  'a read whose reply is lost, with %s, loses nothing: its entry runs once, at its count',
  async (kind) => {
    const worker = await reconnecting();
    worker.broker.fail('read', { kind, afterEffect: true });
    worker.stream.add(['n', '1'], '1-0');
    await pass(8_000);
    expect(worker.runs.begun).toEqual(['1-0']);
    expect(worker.runs.delivery('1-0').deliveryCount).toBe(1);
  },
);

it('claims whose reply is lost lose nothing: the entry is found with the next sweep', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  worker.broker.fail('claimDue', { kind: 'disconnected', afterEffect: true });
  await worker.runs.fail('1-0');
  await pass(1_500);
  expect(worker.runs.begun).toEqual(['1-0', '1-0']);
  expect(worker.runs.delivery('1-0').deliveryCount).toBe(2);
});

it('a group that is gone, and cannot be created at first, is told with both reasons and consumed in the end', async () => {
  const worker = await startedWorker();
  worker.broker.fail('ensure', { kind: 'refused', message: 'out of memory', times: 3 });
  worker.stream.destroyGroup('workers');
  await pass(5_000);
  await worker.add('1-0');
  expect(worker.runs.ids).toEqual(['1-0']);
  expect(worker.events.of('loopInterrupted')).toMatchObject([{ reason: expect.stringContaining('NOGROUP') }]);
  const reasons = worker.events.of('loopStillInterrupted').map(({ reason }) => reason);
  expect(reasons).toContain('out of memory');
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(worker.events.of('loopResumed')).toHaveLength(1);
  expect(worker.events.of('groupRestored')).toHaveLength(1);
});

it('a mistake of ours is like a broken connection', async () => {
  const worker = await startedWorker({ handler: () => undefined as unknown as Promise<void> });
  await worker.add('1-0');
  expect(worker.broker.calls('disconnect')).toHaveLength(1);
  expect(worker.subscription.status().phase).toBe('healing');
});

it.each(KINDS)('after a failure with %s nobody is judged for half a lease', async (kind) => {
  const worker = await startedWorker();
  await pass(40_000);
  worker.broker.fail('read', { kind });
  await pass(9_000);
  const [{ unstable }] = worker.broker.calls('sweep').at(-1)!.args;
  // Leases that are longer than twice the time since it are not judged.
  expect(unstable[0]).toMatchObject({
    longerThanMs: expect.toSatisfy((ms: number) => ms < 18_000),
    shorterThanMs: Infinity,
  });
});
