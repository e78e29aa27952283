import { expect, it } from 'vitest';
import { pass, startedWorker, type TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

/** The waits between calls, in whole milliseconds. */
function waits(worker: TestWorker, name: 'read' | 'connect'): number[] {
  const times = worker.broker.calls(name).map(({ at }) => at);
  return times.slice(1).map((at, n) => Math.round(at - times[n]!));
}

it('while it fails it waits twice as long each time, but no longer than two seconds', async () => {
  const worker = await startedWorker();
  worker.broker.goDown();
  await pass(10_000);
  // With a chance of one half a wait is three quarters of its longest: of 50, 100, … 2,000 ms.
  expect(waits(worker, 'connect').slice(1)).toEqual([75, 150, 300, 600, 1_200, ...Array(5).fill(1_500)]);
  expect(worker.events.of('loopInterrupted')).toHaveLength(1);
  expect(worker.events.of('loopStillInterrupted')).toEqual([]);

  worker.broker.comeUp();
  await worker.add('1-0');
  await pass(2_000);
  expect(worker.runs.ids).toEqual(['1-0']);
});

it('the first read after an interruption does not block: that it is over is known before the next entry comes', async () => {
  const worker = await startedWorker();
  worker.broker.breakReaders();
  await pass(100);
  expect(worker.broker.calls('read').map(({ args: [, blockMs] }) => blockMs)).toEqual([5_000, 0, 5_000]);
  expect(worker.subscription.status().phase).toBe('running');
});

it('a link that breaks after each read is not opened anew without a pause that grows', async () => {
  const worker = await startedWorker();
  for (let n = 0; n < 6; n++) {
    worker.broker.breakReaders();
    await pass(n < 5 ? 40 * 2 ** n : 3_000);
  }
  const pauses = waits(worker, 'connect');
  expect(pauses.at(-1)).toBeGreaterThan(1_000);
});

it('a connection that has lasted for five seconds begins with a short pause again', async () => {
  const worker = await startedWorker();
  worker.broker.goDown();
  await pass(10_000);
  worker.broker.comeUp();
  // Long enough for the last pause and for five seconds after it, and a read beyond them.
  await pass(15_000);
  const before = worker.broker.calls('connect').length;
  worker.broker.breakReaders();
  await pass(50);
  expect(worker.broker.calls('connect')).toHaveLength(before + 1);
});

it('a stop ends the pause', async () => {
  const worker = await startedWorker();
  worker.broker.goDown();
  await pass(10_000);
  const stopped = worker.subscription.stop(10_000);
  await pass(110);
  await stopped;
  expect(worker.subscription.status().phase).toBe('stopped');
});
