import { expect, it } from 'vitest';
import { isSettled, pass, startedWorker, TestWorker, useFakeTime } from '../../../../test/support/engine.js';

useFakeTime();

/** Handed back, for others to run at once as if it had never been here. */
const HANDED_BACK = ['1-0 retry-scheduled 0'];

it('before it was started: at once', async () => {
  const worker = new TestWorker();
  expect(await worker.stop()).toBe(0);
  expect(worker.broker.calls('read')).toEqual([]);
});

it('while it starts: nothing begins any more when Redis answers at last', async () => {
  const worker = new TestWorker();
  const release = worker.broker.hold('ensure');
  const started = worker.subscription.start();
  await worker.subscription.stop(10_000);
  release();
  await started;
  await worker.add('1-0');
  await pass(200_000);
  worker.broker.goDown();
  worker.broker.comeUp();
  await pass();
  for (const call of ['connect', 'read', 'sweep', 'pruneConsumers', 'trimHistory'] as const) {
    expect(worker.broker.calls(call)).toEqual([]);
  }
});

it('while the reader connects, which Redis does not answer: the attempt is broken off after a second', async () => {
  const worker = new TestWorker();
  worker.broker.hold('connect');
  await worker.start();
  expect(worker.subscription.status().phase).toBe('starting');
  expect(await worker.stop()).toBe(1_000);
  expect(worker.broker.calls('read')).toEqual([]);
  expect(worker.subscription.status().phase).toBe('stopped');
});

it('while a read is blocked: at once, and the consumer is gone from the group', async () => {
  const worker = await startedWorker();
  expect([...worker.group.seenAt.keys()]).toEqual(['me@30000ms']);
  expect(await worker.stop()).toBe(0);
  expect([...worker.group.seenAt.keys()]).toEqual([]);
  expect(worker.broker.calls('close')).toHaveLength(1);
  expect(worker.subscription.status().phase).toBe('stopped');

  await worker.add('1-0');
  await pass(60_000);
  expect(worker.runs.begun).toEqual([]);
});

it("while a read's reply is under way: what it brings is not started, but handed back", async () => {
  const worker = new TestWorker();
  worker.stream.add(['n', '1'], '1-0');
  const release = worker.broker.hold('read', { afterEffect: true });
  await worker.start();
  expect(worker.pending).toEqual(['1-0 me 1']);
  setTimeout(release, 500);
  expect(await worker.stop()).toBe(500);
  expect(worker.runs.begun).toEqual([]);
  expect(worker.pending).toEqual(HANDED_BACK);
  expect(worker.events.of('unstartedHandedBack')).toEqual([{ type: 'unstartedHandedBack', count: 1 }]);
});

it("while a read's reply does not come: the connection is broken off after a second, and its entries handed back", async () => {
  const worker = new TestWorker();
  worker.stream.add(['n', '1'], '1-0');
  worker.broker.hold('read', { afterEffect: true });
  await worker.start();
  expect(await worker.stop()).toBe(1_000);
  expect(worker.pending).toEqual(HANDED_BACK);
});

it('while a read ahead is under way: what it brings is handed back, and what runs is waited for', async () => {
  const worker = new TestWorker({ options: { concurrency: 100 } });
  for (let n = 1; n <= 200; n++) worker.stream.add(['n', '1'], `${n}-0`);
  const releaseFirst = worker.broker.hold('read', { times: 1, afterEffect: true });
  const releaseAhead = worker.broker.hold('read', { times: 1, afterEffect: true });
  await worker.start();
  releaseFirst();
  await pass();
  expect(worker.runs.ids).toHaveLength(50);
  expect(worker.pending).toHaveLength(100);
  setTimeout(releaseAhead, 300);
  setTimeout(() => void worker.runs.endAll(), 400);
  expect(await worker.stop()).toBeLessThan(500);
  expect(worker.runs.begun).toHaveLength(50);
  expect(worker.pending).toHaveLength(50);
  expect(new Set(worker.group.held.map(({ consumer }) => consumer))).toEqual(new Set(['retry-scheduled']));
  expect(worker.events.of('unstartedHandedBack')).toMatchObject([{ count: 50 }]);
});

it('by a handler as it starts, while a read ahead is under way: that is waited for, and handed back', async () => {
  let stopped: Promise<void> | undefined;
  let endedAt: number | undefined;
  const worker: TestWorker = new TestWorker({
    options: { concurrency: 100 },
    handler: async () => {
      stopped ??= worker.subscription.stop(10_000).then(() => void (endedAt = performance.now()));
    },
  });
  for (let n = 1; n <= 200; n++) worker.stream.add(['n', '1'], `${n}-0`);
  worker.broker.delay('read', 0);
  worker.broker.delay('read', 300);
  await worker.start();
  await pass(5_000);
  await stopped;
  expect(endedAt).toBe(300);
  expect(worker.pending).toHaveLength(50);
  expect(worker.events.of('unstartedHandedBack')).toMatchObject([{ count: 50 }]);
});

it('while a sweep is under way that brings back what a lost read took: that is handed back', async () => {
  const worker = new TestWorker();
  worker.stream.add(['n', '1'], '1-0');
  worker.broker.fail('read', { kind: 'disconnected', afterEffect: true });
  await worker.start();
  const release = worker.broker.hold('sweep', { afterEffect: true });
  await pass(1_000);
  expect(worker.pending).toEqual(['1-0 me 1']);
  setTimeout(release, 700);
  expect(await worker.stop()).toBe(700);
  expect(worker.runs.begun).toEqual([]);
  expect(worker.pending).toEqual(HANDED_BACK);
});

it('while a claim is under way: what it brings is handed back', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await worker.runs.fail('1-0');
  const release = worker.broker.hold('claimDue', { afterEffect: true });
  await pass(1_100);
  expect(worker.pending).toEqual(['1-0 me 2']);
  setTimeout(release, 700);
  expect(await worker.stop()).toBe(700);
  expect(worker.runs.begun).toEqual(['1-0']);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);
});

it('while a claim is not answered: it is waited for no longer than 2.5 s, and starts nothing when it comes later', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await worker.runs.fail('1-0');
  const release = worker.broker.hold('claimDue', { afterEffect: true });
  await pass(1_100);
  const stopped = worker.subscription.stop(10_000);
  await pass(2_499);
  expect(await isSettled(stopped)).toBe(false);
  await pass(1);
  expect(await isSettled(stopped)).toBe(true);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);
  release();
  await pass(1_000);
  expect(worker.runs.begun).toEqual(['1-0']);
});

it('while a late read is checked against its lease: what it brought is handed back', async () => {
  const worker = new TestWorker({ options: { leaseMs: 3_000 } });
  worker.stream.add(['n', '1'], '1-0');
  const releaseRead = worker.broker.hold('read', { times: 1, afterEffect: true });
  const release = worker.broker.hold('renew');
  await worker.start();
  await pass(2_000);
  releaseRead();
  await pass();
  expect(worker.broker.calls('renew')).toHaveLength(1);
  setTimeout(release, 700);
  expect(await worker.stop()).toBe(700);
  expect(worker.runs.begun).toEqual([]);
  expect(worker.pending).toEqual(HANDED_BACK);
});
