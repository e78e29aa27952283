import { expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const prunedAt = ({ broker }: TestWorker) => broker.calls('pruneConsumers').map(({ at }) => at);

it('every minute it removes consumers that hold nothing and have long been silent, and tells', async () => {
  const worker = new TestWorker();
  worker.stream.createGroup('workers');
  for (const id of ['1-0', '2-0', '3-0']) worker.stream.add(['n', '1'], id);
  await worker.readAndDie(3, 'holds@3000ms');
  await worker.readAndDie(0, 'dead@3000ms');
  await worker.readAndDie(0, 'patient@30000ms');
  await worker.start();
  // What is held is taken over one by one, each when the one before has run for a lease.
  await pass(61_000);
  expect(prunedAt(worker)).toEqual([60_000]);
  expect(worker.broker.calls('pruneConsumers')[0]!.args).toEqual([20_000]);
  expect(worker.events.of('consumersRemoved')).toEqual([{ type: 'consumersRemoved', names: ['dead@3000ms'] }]);
  expect([...worker.group.seenAt.keys()].toSorted()).toEqual(['holds@3000ms', 'me@30000ms', 'patient@30000ms']);
});

it('with a short lease it looks every ten leases, and tells nothing when there is nothing', async () => {
  const worker = await startedWorker({ options: { leaseMs: 1_000 } });
  await pass(25_000);
  expect(prunedAt(worker)).toEqual([10_000, 20_000]);
  expect(worker.events.of('consumersRemoved')).toEqual([]);
});

it('what fails is tried again the next time', async () => {
  const worker = await startedWorker();
  worker.broker.fail('pruneConsumers', { kind: 'refused' });
  await pass(121_000);
  expect(prunedAt(worker)).toEqual([60_000, 120_000]);
});

it('after a stop it does not look any more', async () => {
  const worker = await startedWorker();
  await worker.subscription.stop(1_000);
  await pass(200_000);
  expect(prunedAt(worker)).toEqual([]);
});
