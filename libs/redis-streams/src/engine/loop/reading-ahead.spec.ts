import { expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const reads = ({ broker }: TestWorker) => broker.calls('read').map(({ args }) => args);

async function withBacklog(concurrency: number, count: number): Promise<TestWorker> {
  const worker = new TestWorker({ options: { concurrency } });
  for (let n = 1; n <= count; n++) worker.stream.add(['n', '1'], `${n}-0`);
  await worker.start();
  return worker;
}

it('with many slots and a backlog, it reads half of them, and the other half without waiting', async () => {
  const worker = await withBacklog(100, 200);
  expect(reads(worker)).toEqual([
    [50, 5_000],
    [50, 0],
  ]);
  expect(worker.runs.begun).toHaveLength(100);
});

it('the next half is asked for before the entries of the first are started', async () => {
  const readsWhenBegun: number[] = [];
  const worker: TestWorker = new TestWorker({
    options: { concurrency: 100 },
    handler: async () => void readsWhenBegun.push(reads(worker).length),
  });
  for (let n = 1; n <= 60; n++) worker.stream.add(['n', '1'], `${n}-0`);
  await worker.start();
  expect(readsWhenBegun.slice(0, 50).every((sent) => sent === 2)).toBe(true);
});

it('with a few slots less, or no backlog, it reads when it has started what there was', async () => {
  const few = await withBacklog(78, 200);
  expect(reads(few)).toEqual([[78, 5_000]]);

  const rest = await withBacklog(79, 200);
  // Half of them, and then fewer than are worth a read ahead: they wait for nothing all the same.
  expect(reads(rest).map(([count]) => count)).toEqual([40, 39]);
  expect(reads(rest)[1]![1]).toBeGreaterThan(0);

  const noBacklog = await withBacklog(100, 49);
  expect(reads(noBacklog)).toEqual([
    [50, 5_000],
    [50, 5_000],
  ]);
});

it('nothing is read ahead while something else is due', async () => {
  const worker = new TestWorker({ options: { concurrency: 100 } });
  for (let n = 1; n <= 200; n++) worker.stream.add(['n', '1'], `${n}-0`);
  worker.broker.delay('read', 6_000);
  await worker.start();
  expect(worker.broker.calls('sweep')).toHaveLength(1);
  await pass(6_000);
  const [, second] = worker.broker.calls('read');
  expect(worker.broker.calls('sweep')).toHaveLength(2);
  expect(second!.args[1]).toBeGreaterThan(0);
});

it('entries that come again are no backlog to read ahead of', async () => {
  const worker = await startedWorker({ options: { concurrency: 100 }, handler: async () => undefined });
  for (let n = 1; n <= 50; n++) worker.stream.add(['n', '1'], `${n}-0`);
  await pass(100);
  const before = worker.broker.calls('read').length;
  worker.group.lastDelivered = '0-0';
  await pass(6_000);
  const since = worker.broker.calls('read').slice(before);
  expect(since.some(({ args: [, blockMs] }) => blockMs === 0)).toBe(false);
});
