import { expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const said = ({ broker }: Awaited<ReturnType<typeof startedWorker>>) => broker.calls('sayPresent');

it('at the start and every ten seconds it says that it is there, idle as it may be, and how many slots it has', async () => {
  const worker = await startedWorker({ options: { concurrency: 7 } });
  await pass(21_000);
  expect(said(worker).map(({ at }) => at)).toEqual([0, 10_000, 20_000]);
  expect(said(worker).map(({ args }) => args)).toEqual(Array.from({ length: 3 }, () => [7, 30_000]));
});

it('what Redis refuses disturbs nothing, and is said again', async () => {
  const worker = await startedWorker();
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
