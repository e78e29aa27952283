import { expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { InMemoryBroker } from '../../in-memory/in-memory-broker.js';
import type { FailureKind } from '../../model/ports/redis-failure.js';

useFakeTime();

const renewedAt = ({ broker }: TestWorker) => broker.calls('renew').map(({ at }) => at);

it('all held entries are renewed in one call every third of the lease, and so nobody takes them', async () => {
  const worker = await startedWorker();
  await worker.add('1-0', '2-0');
  await pass(40_000);
  expect(renewedAt(worker)).toEqual([10_000, 20_000, 30_000, 40_000]);
  for (const { args } of worker.broker.calls('renew')) expect(args).toEqual([['1-0', '2-0']]);
  expect(worker.group.held.map(({ idleMs }) => idleMs)).toEqual([0, 0]);
});

it('nothing is asked while nothing is held, and that is no renewal overdue', async () => {
  const worker = await startedWorker();
  await pass(60_000);
  expect(renewedAt(worker)).toEqual([]);
  expect(worker.subscription.status().sinceRenewalMs).toBeLessThanOrEqual(10_000);
});

it('an entry that waits for its settlement is renewed, too', async () => {
  const worker = await startedWorker();
  worker.broker.hold('settle');
  await worker.add('1-0');
  await worker.runs.end('1-0');
  await pass(10_100);
  expect(worker.broker.calls('renew').map(({ args: [ids] }) => ids)).toEqual([['1-0']]);
});

it('the shortest lease in the group decides how often', async () => {
  const worker = new TestWorker();
  worker.stream.createGroup('workers').claim('0-1', 'nobody@3000ms');
  await worker.start();
  await worker.add('1-0');
  worker.group.seenAt.set('quick@3000ms', worker.broker.clock.now);
  await pass(60_000);
  const times = renewedAt(worker);
  expect(times.at(-1)! - times.at(-2)!).toBe(1_000);

  // It left: after the next look around the own lease decides again.
  worker.group.seenAt.delete('quick@3000ms');
  await pass(60_000);
  const later = renewedAt(worker);
  expect(later.at(-1)! - later.at(-2)!).toBe(10_000);
});

it('when the connection is there again it renews at once', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  worker.broker.goDown();
  await pass(5_000);
  expect(renewedAt(worker)).toEqual([]);
  worker.broker.comeUp();
  await pass();
  expect(renewedAt(worker)).toEqual([5_000]);
});

it('one renewal is under way at a time', async () => {
  const worker = await startedWorker({ broker: new InMemoryBroker({ answerWithinMs: Infinity }) });
  await worker.add('1-0');
  const release = worker.broker.hold('renew');
  await pass(35_000);
  expect(renewedAt(worker)).toEqual([10_000]);
  release();
  await pass(5_000);
  expect(renewedAt(worker)).toEqual([10_000, 40_000]);
});

it.each<FailureKind>(['disconnected', 'read-only', 'elsewhere', 'forbidden', 'wrong-type', 'refused'])(
  'a renewal that fails with %s loses nothing: status says why, and the next one tries again',
  async (kind) => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.broker.fail('renew', { kind, message: 'not now' });
    const ensured = worker.broker.calls('ensure').length;
    await pass(15_000);
    expect(worker.subscription.status()).toMatchObject({ renewalFailure: 'not now', sinceRenewalMs: 15_000 });
    expect(worker.broker.calls('ensure')).toHaveLength(ensured);

    await pass(6_000);
    expect(worker.subscription.status()).toMatchObject({ renewalFailure: undefined, sinceRenewalMs: 1_000 });
    expect(worker.runs.delivery('1-0').signal.aborted).toBe(false);
    expect(worker.pending).toEqual(['1-0 me 1']);
  },
);

it('a worker without a free slot, which reads nothing, restores a lost group by its renewal', async () => {
  const worker = await startedWorker({ options: { concurrency: 1 } });
  await worker.add('1-0');
  await pass(200);
  worker.stream.destroyGroup('workers');
  await pass(10_000);
  expect(worker.events.of('groupRestored')).toHaveLength(1);
  expect(worker.pending).toEqual(['1-0 me 1']);
  await worker.runs.end('1-0');
  await pass(10);
  expect(worker.pending).toEqual([]);
  expect(worker.events.of('completed')).toHaveLength(1);
});

it('a renewal that failed disturbs: nobody is judged until the others had time to renew', async () => {
  const worker = new TestWorker();
  worker.stream.createGroup('workers');
  worker.stream.add(['n', '1'], '1-0');
  await worker.readAndDie(1);
  await worker.start();
  await worker.add('2-0');
  await pass(9_000);
  worker.broker.fail('renew', { kind: 'disconnected', times: 3 });
  await pass(26_000);
  expect(worker.runs.ids).toEqual(['2-0']);
  await pass(25_000);
  expect(worker.runs.ids).toEqual(['2-0', '1-0']);
});

it('after a stop nothing is renewed', async () => {
  const worker = await startedWorker({ options: { consumer: 'me@30000ms' } });
  await worker.add('1-0');
  const stopped = worker.subscription.stop(100);
  await pass(5_000);
  await stopped;
  await pass(60_000);
  worker.broker.goDown();
  worker.broker.comeUp();
  await pass();
  expect(renewedAt(worker)).toEqual([]);
});
