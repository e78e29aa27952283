import { expect, it } from 'vitest';
import { pass, startedWorker, type TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const counts = ({ broker }: TestWorker) => broker.calls('read').map(({ args: [count] }) => count);

it('reads for as many entries as there are free slots', async () => {
  const worker = await startedWorker({ options: { concurrency: 3 } });
  expect(counts(worker)).toEqual([3]);

  await worker.add('1-0');
  expect(worker.runs.ids).toEqual(['1-0']);
  expect(counts(worker)).toEqual([3, 2]);

  await worker.add('2-0');
  expect(counts(worker)).toEqual([3, 2, 1]);
});

it('reads nothing while no slot is free, and again for the first that is', async () => {
  const worker = await startedWorker({ options: { concurrency: 2 } });
  await worker.add('1-0', '2-0', '3-0', '4-0');
  const before = counts(worker).length;
  expect(worker.runs.ids).toEqual(['1-0', '2-0']);

  await worker.runs.end('2-0');
  expect(counts(worker).slice(before)).toEqual([1]);
  expect(worker.runs.ids).toEqual(['1-0', '3-0']);
});

it('a slot is free as soon as its handler has ended, though its result waits for Redis', async () => {
  const worker = await startedWorker({ options: { concurrency: 1 } });
  const release = worker.broker.hold('settle');
  await worker.add('1-0', '2-0');
  await worker.runs.end('1-0');
  expect(worker.runs.ids).toEqual(['2-0']);
  expect(worker.pending).toEqual(['1-0 me 1', '2-0 me 1']);
  release();
});

it('reads nothing more while results of three times its slots wait for Redis', async () => {
  const worker = await startedWorker({ options: { concurrency: 2 }, handler: async () => undefined });
  const release = worker.broker.hold('settle');
  await worker.add(...Array.from({ length: 10 }, (_, n) => `${n + 1}-0`));
  expect(worker.pending).toHaveLength(6);

  release();
  await worker.add('11-0');
  await pass(10);
  expect(worker.pending).toEqual([]);
  expect(worker.events.of('completed').flatMap(({ leases }) => leases)).toHaveLength(11);
});

it('a stuck run holds its slot until it has ended, though nobody waits for its outcome', async () => {
  const worker = await startedWorker({ options: { concurrency: 1, timeoutMs: 100, abortGraceMs: 0 } });
  await worker.add('1-0', '2-0');
  await pass(500);
  expect(worker.subscription.status().stuck).toHaveLength(1);
  expect(worker.runs.ids).toEqual(['1-0']);
  await worker.runs.end('1-0');
  expect(worker.runs.ids).toEqual(['2-0']);
});
