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
  expect(said(worker).map(({ args }) => args)).toEqual([
    [1, 0],
    [1, 0],
    [1, 0],
  ]);
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

it('soon after a run is stuck, and after it has ended, it says how many slots such runs hold', async () => {
  const worker = await startedWorker({ options: { concurrency: 3, timeoutMs: 1_000, abortGraceMs: 1_000 } });
  await worker.add('1-0', '2-0');
  await pass(2_000);
  expect(worker.runs.begun).toEqual(['1-0', '2-0']);
  expect(worker.subscription.status().stuck).toHaveLength(2);
  await pass(500);
  expect(said(worker).map(({ args }) => args)).toEqual([
    [3, 0],
    [3, 2],
  ]);
  await pass(20_000);
  expect(worker.broker.calls('sweep').at(-1)!.args[0]).toMatchObject({ slots: 3, stuck: 2 });
});

it('as soon where a sweep was under way that said another number', async () => {
  const worker = await startedWorker({ options: { concurrency: 3, timeoutMs: 1_000, abortGraceMs: 1_000 } });
  await pass(4_000);
  await worker.add('1-0');
  const release = worker.broker.hold('sweep', { afterEffect: true });
  await pass(2_100);
  expect(worker.subscription.status().stuck).toHaveLength(1);
  release();
  await pass(500);
  expect(said(worker).at(-1)!.args).toEqual([3, 1]);
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

it('tells for how long Redis has answered: a worker that is full hears nothing else of it', async () => {
  const worker = await startedWorker({ options: { concurrency: 1, leaseMs: 3_600_000 } });
  const { broker, subscription } = worker;
  const answered = () => {
    const { sinceAnswerMs, answeredForMs } = subscription.status();
    return { sinceAnswerMs, startedMsAgo: sinceAnswerMs + answeredForMs };
  };
  await worker.add('1-0');
  await pass(61_000);
  expect(answered().startedMsAgo).toBe(61_000);
  expect(answered().sinceAnswerMs).toBeLessThan(10_000);

  // Too short to count.
  broker.goDown();
  await pass(8_000);
  broker.comeUp();
  await pass(10_000);
  expect(answered().startedMsAgo).toBe(79_000);

  broker.goDown();
  await pass(40_000);
  expect(answered().sinceAnswerMs).toBeGreaterThan(30_000);
  broker.comeUp();
  await pass(30_000);
  expect(answered().startedMsAgo).toBeLessThanOrEqual(30_000);
});

it('a right that is missing is an answer, too', async () => {
  const worker = await startedWorker({ options: { concurrency: 1, leaseMs: 3_600_000 } });
  worker.broker.fail('sayPresent', { kind: 'forbidden' });
  await worker.add('1-0');
  await pass(60_000);
  expect(worker.subscription.status().answeredForMs).toBeGreaterThan(45_000);
});
