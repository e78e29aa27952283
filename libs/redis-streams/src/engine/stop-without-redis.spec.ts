import { describe, expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../test/support/engine.js';

useFakeTime();

describe('Redis is away', () => {
  it('with nothing held: hardly waits, and asks for no leave', async () => {
    const worker = await startedWorker();
    worker.broker.goDown();
    await pass(1_000);
    expect(await worker.stop(10_000)).toBeLessThanOrEqual(100);
    expect(worker.broker.calls('leave')).toEqual([]);
  });

  it('with a result to settle: waits for it to come back, and settles', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.broker.goDown();
    await worker.runs.end('1-0');
    setTimeout(() => worker.broker.comeUp(), 4_000);
    expect(await worker.stop(10_000)).toBe(4_000);
    expect(worker.pending).toEqual([]);
  });

  it('with a result to settle, and for longer: gives up after the budget and a second for the leave', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.broker.goDown();
    await worker.runs.end('1-0');
    expect(await worker.stop(5_000)).toBe(6_000);
    expect(worker.pending).toEqual(['1-0 me 1']);
  });

  it('with a handler that does not end: budget, notice of the abort, and a second for the leave', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.broker.goDown();
    expect(await worker.stop(5_000)).toBe(6_500);
    expect(worker.runs.delivery('1-0').signal.aborted).toBe(true);
  });

  it('what could not be handed back is taken over by another worker when its lease ends', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.broker.goDown();
    await worker.stop(5_000);
    worker.broker.comeUp();
    const { broker } = worker;
    const other = await startedWorker({ broker, options: { consumer: 'other@30000ms' } });
    await pass(40_000);
    expect(other.runs.ids).toEqual(['1-0']);
    expect(other.runs.delivery('1-0').deliveryCount).toBe(2);
  });
});

it('the server is frozen: the leave-taking alone is waited for no longer than 2.5 s', async () => {
  const worker = await startedWorker();
  worker.broker.freezeServer();
  expect(await worker.stop(10_000)).toBe(2_500);
});

it('the server is frozen and something is held: the leave may take the rest of the budget', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  const thaw = worker.broker.freezeServer();
  await worker.runs.end('1-0');
  setTimeout(thaw, 6_000);
  expect(await worker.stop(10_000)).toBe(6_000);
  expect(worker.pending).toEqual([]);
});

describe('the group is gone', () => {
  it('with nothing held: at once, and it is not created again', async () => {
    const worker = await startedWorker();
    const stopped = worker.subscription.stop(10_000);
    worker.stream.destroyGroup('workers');
    await pass();
    await stopped;
    expect(worker.stream.groupNames).toEqual([]);
  });

  it('with a result: it is restored for the settlement', async () => {
    const worker = await startedWorker({ options: { concurrency: 1 } });
    await worker.add('1-0');
    await pass(200);
    worker.stream.destroyGroup('workers');
    await worker.runs.end('1-0');
    expect(await worker.stop(10_000)).toBeLessThan(200);
    expect(worker.pending).toEqual([]);
    expect(worker.events.of('completed')).toHaveLength(1);
    expect(worker.group.lastDelivered).toBe('1-0');
  });

  it('while handlers do not end: within the budget', async () => {
    const worker = await startedWorker({ options: { concurrency: 1 } });
    await worker.add('1-0');
    worker.stream.destroyGroup('workers');
    expect(await worker.stop(2_000)).toBe(2_500);
  });
});

it('while the loop heals: at once, and it connects no more', async () => {
  const worker = await startedWorker();
  worker.broker.fail('connect', { kind: 'disconnected', times: 1_000 });
  worker.broker.breakReaders();
  await pass(10_000);
  expect(worker.subscription.status().phase).toBe('healing');
  expect(await worker.stop(10_000)).toBe(0);
  const { length } = worker.broker.calls('connect');
  await pass(10_000);
  expect(worker.broker.calls('connect')).toHaveLength(length);
});

it('stopped twice, at once or later: both end, and nothing happens twice', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  const first = worker.subscription.stop(1_000);
  const second = worker.subscription.stop(1_000);
  await pass(3_000);
  await Promise.all([first, second]);
  expect(worker.events.of('handedBack')).toHaveLength(1);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
  expect(await worker.stop(1_000)).toBeLessThanOrEqual(2_500);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
});

it('while a claim waits for a Redis that is away: hardly waits', async () => {
  const worker = await startedWorker();
  worker.broker.hold('sweep');
  await pass(6_000);
  worker.broker.goDown();
  expect(await worker.stop(10_000)).toBe(100);
});
