import { hostname } from 'node:os';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamMonitor, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('an overview tells in one question what waits, runs, retries and is delayed, who works, with how many slots, and the rates', async () => {
  const stream = uniqueStream();
  const held = deferred();
  let running = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 2, retry: { backoff: { initialMs: 60_000, jitter: 0 } } })
    async handle(@Payload() { kind }: { kind: string }) {
      if (kind === 'fails') throw new Error('later');
      if (kind === 'dies') throw new UnrecoverableError('never');
      if (kind === 'ends') return;
      running++;
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const monitor = app.get(StreamMonitor);
  await app.producer.add(stream, { kind: 'ends' }, { delayMs: 600_000 });
  const kinds = ['fails', 'dies', 'ends', 'runs', 'runs', 'waits', 'waits', 'waits'];
  const ids = await app.producer.addBulk(
    stream,
    kinds.map((kind) => ({ payload: { kind } })),
  );
  await eventually(() => running === 2);

  const overview = await eventually(async () => {
    const now = await monitor.overview(stream, { memory: true });
    return now.groups[0]?.retryScheduled === 1 && now.deadLetters === 1 && now;
  });
  expect(overview).toMatchObject({
    ...{ stream, entries: 8, lastEntryId: ids.at(-1), deadLetters: 1, delayed: 1, delayedDue: 0 },
    heldBy: { group: 'workers', sinceEntryId: ids[0] },
    addedPerSecond: expect.closeTo(0.8, 5),
  });
  expect(overview.writesRefused).toBeUndefined();
  expect(Object.values(overview.memory!).every((bytes) => bytes > 50)).toBe(true);
  const [group] = overview.groups;
  expect(group).toMatchObject({
    ...{ group: 'workers', state: 'slots-busy', backlog: { count: 3, isExact: true } },
    ...{ running: 2, slots: 2, left: 0, liveWorkers: 1, pending: 3, retryScheduled: 1, retryDue: 0 },
    oldestUnfinishedId: ids[0],
  });
  expect(group!.nextRetryAt!.getTime() - overview.at.getTime()).toBeGreaterThan(50_000);
  expect(group!.oldestWaitingAgeMs).toBeLessThan(30_000);
  expect(group!.consumers).toEqual([
    {
      consumer: expect.stringMatching(/@30000ms$/),
      ...{ pending: 2, slots: 2, stuck: 0, isAlive: true, hasHeard: false, host: hostname(), pid: process.pid },
      idleMs: expect.any(Number),
    },
  ]);

  held.resolve();
  const done = await eventually(async () => {
    const now = await monitor.overview(stream);
    const rate = now.groups[0]!.finishedPerSecond;
    return rate !== undefined && rate > 0 && now.groups[0]!.state === 'retry-later' && now;
  });
  expect(done.groups[0]).toMatchObject({ running: 0, backlog: { count: 0, isExact: true } });
  expect(done.groups[0]!.oldestWaitingAgeMs).toBeUndefined();
});

it('an overview of a stream that does not exist has no groups, and creates nothing', async () => {
  const stream = uniqueStream();
  const app = await startApp({});
  const overview = await app.get(StreamMonitor).overview(stream, { memory: true });
  expect(overview).toMatchObject({ stream, entries: 0, delayed: 0, deadLetters: 0, groups: [] });
  expect(await redisCli().keys(`*${stream}*`)).toEqual([]);
});
