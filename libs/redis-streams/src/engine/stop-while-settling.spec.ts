import { expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../test/support/engine.js';

useFakeTime();

it('a settlement that is under way is waited for', async () => {
  const worker = await startedWorker();
  const release = worker.broker.hold('settle', { afterEffect: true });
  await worker.add('1-0');
  await worker.runs.end('1-0');
  setTimeout(release, 2_000);
  expect(await worker.stop(10_000)).toBe(2_000);
  expect(worker.pending).toEqual([]);
  expect(worker.events.of('completed')).toHaveLength(1);
});

it('results that wait for the settlement under way are settled after it', async () => {
  const worker = await startedWorker();
  await worker.add('1-0', '2-0');
  const release = worker.broker.hold('settle', { times: 1 });
  await worker.runs.end('1-0');
  await pass(10);
  await worker.runs.fail('2-0');
  setTimeout(release, 1_000);
  expect(await worker.stop(10_000)).toBe(1_000);
  expect(worker.pending).toEqual(['2-0 retry-scheduled 1']);
});

it('one whose answer does not come is given up at the end of the budget, and its entry handed back', async () => {
  const worker = await startedWorker();
  const release = worker.broker.hold('settle');
  await worker.add('1-0');
  await worker.runs.end('1-0');
  expect(await worker.stop(5_000)).toBe(5_000);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
  expect(worker.events.of('completed')).toEqual([]);
  release();
});

it('one that took effect, but was not answered, leaves nothing to hand back', async () => {
  const worker = await startedWorker();
  worker.broker.hold('settle', { afterEffect: true });
  await worker.add('1-0');
  await worker.runs.end('1-0');
  expect(await worker.stop(5_000)).toBe(5_000);
  expect(worker.pending).toEqual([]);
});

it('one that fails again and again is tried until the budget is over, and never after the stop', async () => {
  const worker = await startedWorker();
  worker.broker.fail('settle', { kind: 'refused', times: 1_000 });
  await worker.add('1-0');
  await worker.runs.end('1-0');
  await pass(10);
  const stopped = worker.subscription.stop(5_000);
  await pass(5_000);
  await stopped;
  const { length } = worker.broker.calls('settle');
  expect(length).toBeGreaterThan(4);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
  await pass(60_000);
  expect(worker.broker.calls('settle').length).toBeLessThanOrEqual(length);
});

it('a dead letter that Redis refuses is tried on until the budget is over, and its entry handed back', async () => {
  const worker = await startedWorker({ options: { retry: { maxDeliveries: 1, maxAgeMs: 1, backoff: () => 0 } } });
  worker.stream.deadLetterError = 'WRONGTYPE';
  await worker.add('1-0');
  await worker.runs.fail('1-0');
  await pass(100);
  expect(worker.subscription.status().settling.deadLetterFailure).toBe('WRONGTYPE');
  expect(await worker.stop(3_000)).toBe(3_000);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
});
