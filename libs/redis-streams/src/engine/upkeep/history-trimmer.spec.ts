import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { failure } from '../../in-memory/failures.js';
import type { FailureKind } from '../../model/ports/redis-failure.js';

useFakeTime();

const trims = ({ broker }: TestWorker) => broker.calls('trimHistory');
const trimmedAt = (worker: TestWorker) => trims(worker).map(({ at }) => at);
const NO_AGE = { maxEntries: 100, maxAgeMs: undefined };

describe('when it looks', () => {
  it('never while nothing begins or ends, unless age or silence matters', async () => {
    const worker = await startedWorker({ options: { retention: NO_AGE } });
    await pass(600_000);
    expect(trims(worker)).toEqual([]);
  });

  it('soon after a run began, soon after it ended, once more when something was finished, and then no more', async () => {
    const worker = await startedWorker({ options: { retention: NO_AGE } });
    await worker.add('1-0');
    await pass(1_000);
    expect(trimmedAt(worker)).toEqual([50]);
    expect(worker.stream.marks.get('workers')!.snapshot).toMatchObject([{ id: '1-0' }]);

    await worker.runs.end('1-0');
    await pass(60_000);
    expect(
      trims(worker)
        .slice(1)
        .map(({ args: [{ finished, counted }] }) => [finished, counted]),
    ).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(worker.stream.marks.get('workers')).toMatchObject({ at: '1-0', finished: 1, snapshot: [] });
  });

  it('every half minute for age', async () => {
    const worker = await startedWorker({ options: { retention: { maxEntries: 100, maxAgeMs: 1_000 } } });
    await pass(95_000);
    expect(trimmedAt(worker)).toEqual([30_050, 60_050, 90_050]);
    expect(trims(worker)[0]!.args[0]).toMatchObject({ maxEntries: 100, maxAgeMs: 1_000 });
  });

  it('four times within abandonGroupAfterMs, where that is sooner', async () => {
    const worker = await startedWorker({ options: { retention: NO_AGE, abandonGroupAfterMs: 40_000 } });
    await pass(25_000);
    expect(trimmedAt(worker)).toEqual([10_050, 20_050]);
  });

  it('less often with many pending entries, but every second', async () => {
    const worker = new TestWorker({ options: { concurrency: 2_000 } });
    await worker.start();
    for (let n = 1; n <= 400; n++) worker.stream.add(['n', '1'], `${n}-0`);
    await pass(60);
    await worker.runs.end('1-0');
    await worker.runs.end('2-0');
    await pass(390);
    expect(trims(worker)).toHaveLength(1);
    await pass(20);
    expect(trims(worker)).toHaveLength(2);
  });
});

describe('when it fails', () => {
  const PAUSES: Record<FailureKind, number> = {
    ...{ 'group-missing': 10_000, disconnected: 1_000, 'read-only': 10_000, elsewhere: 10_000 },
    ...{ forbidden: 10_000, 'wrong-type': 10_000, refused: 10_000 },
  };

  it.each(Object.entries(PAUSES) as [FailureKind, number][])('with %s it pauses for %d ms', async (kind, pauseMs) => {
    const worker = await startedWorker({ options: { retention: NO_AGE } });
    worker.broker.fail('trimHistory', { kind });
    await worker.add('1-0');
    await pass(50);
    await worker.runs.end('1-0');
    await pass(pauseMs - 10);
    expect(trims(worker)).toHaveLength(1);
    await pass(20);
    expect(trims(worker)).toHaveLength(2);
    // Nothing is lost by it: the next one tells the whole difference.
    expect(worker.stream.marks.get('workers')).toMatchObject({ at: '1-0', finished: 1 });
  });

  it('where the group is gone it pauses for a second', async () => {
    const worker = await startedWorker({ options: { retention: NO_AGE, concurrency: 1 } });
    await worker.add('1-0');
    worker.stream.destroyGroup('workers');
    await pass(1_040);
    expect(trims(worker)).toHaveLength(1);
    await pass(20);
    expect(trims(worker)).toHaveLength(2);
  });

  it('marks that cannot be kept are told once, and again when they are kept', async () => {
    const worker = await startedWorker({ options: { retention: NO_AGE } });
    worker.stream.marksFailure = failure({ kind: 'wrong-type', message: 'WRONGTYPE' });
    await worker.add('1-0');
    await pass(35_000);
    expect(trims(worker).length).toBeGreaterThan(2);
    expect(worker.events.of('marksFailed')).toHaveLength(1);
    expect(worker.subscription.status().marksFailure).toContain("'{orders}:marks' cannot be kept (WRONGTYPE)");

    worker.stream.marksFailure = undefined;
    await pass(10_100);
    expect(worker.events.of('marksRecovered')).toHaveLength(1);
    expect(worker.subscription.status().marksFailure).toBeUndefined();
  });
});

it('history beyond one step is trimmed in several, each counted once', async () => {
  const worker = new TestWorker({
    options: { retention: { maxEntries: 10, maxAgeMs: undefined }, concurrency: 3_000 },
    handler: async () => undefined,
  });
  for (let n = 1; n <= 2_500; n++) worker.stream.add(['n', '1'], `${n}-0`);
  await worker.start();
  await pass(3_000);
  expect(worker.stream.entries.length).toBe(10);
  expect(worker.stream.marks.get('workers')!.finished).toBe(2_500);
  const told = trims(worker).map(({ args: [{ finished, counted }] }) => finished - counted);
  expect(told.reduce((sum, more) => sum + more, 0)).toBe(2_500);
});

it('while leases cannot be judged it says so', async () => {
  const worker = await startedWorker({ options: { retention: NO_AGE } });
  await worker.add('1-0');
  await pass(20_000);
  await worker.runs.end('1-0');
  await pass(100);
  expect(trims(worker).map(({ args: [{ isStable }] }) => isStable)).toEqual([false, true, true]);
});

it('a stop saves the last mark, when all is handed back, and then nothing looks any more', async () => {
  const worker = await startedWorker({ options: { retention: { maxEntries: 100, maxAgeMs: 1_000 } } });
  await worker.add('1-0', '2-0');
  await worker.runs.end('1-0');
  const stopped = worker.subscription.stop(10);
  await pass(3_000);
  await stopped;
  const { length } = trims(worker);
  expect(worker.stream.marks.get('workers')).toMatchObject({ lastDelivered: '2-0', finished: 1 });
  expect(worker.stream.marks.get('workers')!.snapshot).toMatchObject([{ id: '2-0', consumer: 'retry-scheduled' }]);
  await worker.runs.end('2-0');
  await pass(120_000);
  expect(trims(worker)).toHaveLength(length);
});
