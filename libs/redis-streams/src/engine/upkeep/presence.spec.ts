import { expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const said = ({ broker }: Awaited<ReturnType<typeof startedWorker>>) => broker.calls('sayPresent');

it('a full worker says at the start and every ten seconds that it is there, and how many slots it has', async () => {
  const worker = await startedWorker({ options: { concurrency: 1 } });
  await worker.add('1-0');
  await pass(25_000);
  expect(worker.runs.begun).toEqual(['1-0']);
  const times = said(worker).map(({ at }) => at);
  expect(times).toHaveLength(3);
  expect(times[2]! - times[1]!).toBe(10_000);
  expect(said(worker).map(({ args }) => args)).toEqual([[1], [1], [1]]);
});

it('an idle one says it with its sweeps', async () => {
  const worker = await startedWorker({ options: { concurrency: 7 } });
  await pass(60_000);
  expect(said(worker)).toHaveLength(1);
  const sweeps = worker.broker.calls('sweep');
  expect(new Set(sweeps.map(({ args }) => args[0].slots))).toEqual(new Set([7]));
  const gaps = sweeps.slice(1).map(({ at }, n) => at - sweeps[n]!.at);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
});

it('what Redis refuses disturbs nothing, and is said again', async () => {
  const worker = await startedWorker({ options: { concurrency: 1 } });
  await worker.add('1-0');
  worker.broker.fail('sayPresent', { kind: 'refused' });
  await pass(21_000);
  expect(said(worker)).toHaveLength(3);
});

it('after a stop it says nothing more', async () => {
  const worker = await startedWorker();
  await worker.subscription.stop(1_000);
  await pass(30_000);
  expect(said(worker)).toHaveLength(1);
});
