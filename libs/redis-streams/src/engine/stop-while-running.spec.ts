import { expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../test/support/engine.js';
import { ShutdownError } from '../model/errors/errors.js';

useFakeTime();

it('handlers end in their time: what they did is settled, and no signal aborts', async () => {
  const worker = await startedWorker();
  await worker.add('1-0', '2-0');
  const { signal } = worker.runs.delivery('2-0');
  setTimeout(() => void worker.runs.end('1-0'), 1_000);
  setTimeout(() => void worker.runs.end('2-0', 'result'), 3_000);
  expect(await worker.stop(10_000)).toBeLessThan(3_010);
  expect(worker.pending).toEqual([]);
  expect(signal.aborted).toBe(false);
  expect(worker.events.of('completed').flatMap(({ leases }) => leases.map(({ result }) => result))).toEqual([
    undefined,
    'result',
  ]);
});

it('nothing new is started while handlers end', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  setTimeout(() => worker.stream.add(['n', '1'], '2-0'), 500);
  setTimeout(() => void worker.runs.end('1-0'), 1_000);
  await worker.stop();
  expect(worker.runs.begun).toEqual(['1-0']);
  expect(worker.pending).toEqual([]);
});

it('leases are renewed while handlers end', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  setTimeout(() => void worker.runs.end('1-0'), 45_000);
  await worker.stop(60_000);
  expect(worker.broker.calls('renew')).toHaveLength(4);
});

it('handlers that do not end are aborted at the end of the budget, and their entries handed back uncounted', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  const { signal } = worker.runs.delivery('1-0');
  let abortedAt = 0;
  signal.addEventListener('abort', () => (abortedAt = performance.now()));
  expect(await worker.stop(5_000)).toBe(5_500);
  expect(abortedAt).toBe(5_000);
  expect(signal.reason).toBeInstanceOf(ShutdownError);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
  expect(worker.events.of('handedBack')).toMatchObject([{ lease: { entryId: '1-0' } }]);
  expect(worker.events.of('unstartedHandedBack')).toEqual([]);

  await worker.runs.end('1-0');
  await pass(1_000);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
});

it('handlers that end by their signal are handed back by their settlement, whatever they throw', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  worker.runs.delivery('1-0').signal.addEventListener('abort', () => void worker.runs.fail('1-0'));
  expect(await worker.stop(5_000)).toBeLessThan(5_010);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
  expect(worker.events.of('handedBack')).toHaveLength(1);
  expect(worker.events.of('retryScheduled')).toEqual([]);
});

it('a handler that ends well though it was aborted is done', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  worker.runs.delivery('1-0').signal.addEventListener('abort', () => void worker.runs.end('1-0'));
  expect(await worker.stop(5_000)).toBeLessThan(5_010);
  expect(worker.pending).toEqual([]);
});

it('stuck runs are not waited for: their entries are scheduled already', async () => {
  const worker = await startedWorker({ options: { timeoutMs: 100, abortGraceMs: 100 } });
  await worker.add('1-0');
  await pass(500);
  expect(worker.subscription.status()).toMatchObject({ running: 1, stuck: [{ entryId: '1-0', runningMs: 500 }] });
  expect(await worker.stop(5_000)).toBe(0);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);
});

it('a run that times out while handlers end is not waited for any longer', async () => {
  const worker = await startedWorker({ options: { timeoutMs: 1_000, abortGraceMs: 1_000 } });
  await worker.add('1-0');
  expect(await worker.stop(10_000)).toBeLessThan(2_020);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);
});

it('after a stop no run times out any more', async () => {
  const worker = await startedWorker({ options: { timeoutMs: 20_000 } });
  await worker.add('1-0');
  await worker.stop(1_000);
  expect(worker.events.of('retryScheduled')).toEqual([]);
  expect(worker.subscription.status().stuck).toEqual([]);
  expect(worker.runs.delivery('1-0').signal.reason).toBeInstanceOf(ShutdownError);
});
