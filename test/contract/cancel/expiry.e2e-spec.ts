import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  OnStreamEvent,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  StreamTasks,
  type FailureEvent,
} from 'nestjs-redis-streams';
import { afterEach, expect, it, vi } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

afterEach(() => vi.restoreAllMocks());

/** A worker, and what it has run and heard. */
function workerOf(stream: string, handle: (context: StreamContext) => unknown) {
  const started: string[] = [];
  const expired: FailureEvent[] = [];
  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 50 } } })
    handle(@Payload() _payload: unknown, @Ctx() context: StreamContext) {
      started.push(context.taskId);
      return handle(context);
    }

    @OnStreamEvent('expired')
    expired(event: FailureEvent) {
      expired.push(event);
    }
  }
  return { Worker, started, expired };
}

async function noDeadLetter(monitor: StreamMonitor, stream: string): Promise<void> {
  expect((await monitor.stats(stream)).deadLetters).toBe(0);
  expect(((await redisCli().xpending(stream, 'workers')) as [number])[0]).toBe(0);
}

it('a task is not started after its deadline: it ends as expired, without a dead letter', async () => {
  const stream = uniqueStream('expiry');
  const producing = await startApp({ options: { consume: false } });
  const late = await producing.producer.add(stream, { n: 1 }, { ttlMs: 30 });
  const [, bulk] = await producing.producer.addBulk(stream, [{ payload: { n: 2 } }, { payload: { n: 3 }, ttlMs: 30 }]);
  const inTime = await producing.producer.add(stream, { n: 4 }, { deadlineAt: new Date(Date.now() + 60_000) });
  const tasks = producing.get(StreamTasks);
  // Nobody will start it: that is known before a worker comes.
  await eventually(async () => (await tasks.get(stream, late)).state === 'expired');
  expect(await tasks.cancel(stream, late)).toBe('finished');

  const { Worker, started, expired } = workerOf(stream, () => {});
  const app = await startApp({ controllers: [Worker] });
  await eventually(() => expired.length === 2 && started.length === 2);
  expect(expired.map(({ entryId }) => entryId)).toEqual([late, bulk]);
  expect(started).toContain(inTime);
  expect(started).not.toContain(late);
  expect(await tasks.get(stream, late)).toMatchObject({ state: 'expired', endedAt: expect.any(Date) });
  await noDeadLetter(app.get(StreamMonitor), stream);
});

it('a run is aborted at the deadline of its task', async () => {
  const stream = uniqueStream('expiry');
  const seen: { reason: unknown; deadlineAt: Date | undefined }[] = [];
  const { Worker, expired } = workerOf(
    stream,
    ({ signal, deadlineAt }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          seen.push({ reason: signal.reason, deadlineAt });
          reject(signal.reason as Error);
        }),
      ),
  );
  const app = await startApp({ controllers: [Worker] });
  const id = await app.producer.add(stream, {}, { ttlMs: 200 });
  const { reason, deadlineAt } = await eventually(() => seen[0]);
  expect(String(reason)).toBe('TaskExpiredError: The task has reached its deadline.');
  expect(deadlineAt).toEqual(new Date(Number(id.split('-')[0]) + 200));
  await eventually(() => expired.length === 1);
  expect(await app.get(StreamTasks).get(stream, id)).toMatchObject({ state: 'expired' });
  await noDeadLetter(app.get(StreamMonitor), stream);
});

it('a task that waits for its retry at its deadline has expired', async () => {
  const stream = uniqueStream('expiry');
  const { Worker, started, expired } = workerOf(stream, () => {
    throw new Error('no luck');
  });
  const app = await startApp({ controllers: [Worker] });
  const id = await app.producer.add(stream, {}, { ttlMs: 120 });
  await eventually(() => expired.length === 1);
  expect(started.length).toBeGreaterThanOrEqual(1);
  expect(started.length).toBeLessThan(4);
  expect(await app.get(StreamTasks).get(stream, id)).toMatchObject({ state: 'expired' });
  await noDeadLetter(app.get(StreamMonitor), stream);
});

it.each([600_000, -600_000])('the clock of a worker that is %i ms off changes nothing', async (offMs) => {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + offMs);
  const stream = uniqueStream('expiry');
  const { Worker, started, expired } = workerOf(stream, () => {});
  const app = await startApp({ controllers: [Worker] });
  const [inTime, late] = await app.producer.addBulk(stream, [
    { payload: {}, ttlMs: 60_000 },
    { payload: {}, ttlMs: 60_000 },
  ]);
  await eventually(() => started.length === 2);
  expect(started).toEqual([inTime, late]);
  expect(expired).toEqual([]);
});
