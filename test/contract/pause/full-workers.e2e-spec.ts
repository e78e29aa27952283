import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** Sooner than a worker that is told nothing hears of it, when it says that it is there; and a machine may stand still for a second. */
const AT_ONCE_MS = 4_000;

async function fullApp(timeoutMs?: number) {
  const stream = uniqueStream('full');
  const release = deferred();
  let started = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, {
      concurrency: 2,
      leaseMs: 600_000,
      timeoutMs,
      abortGraceMs: 0,
      retry: { maxDeliveries: 5 },
    })
    async handle() {
      started++;
      await release.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
  await eventually(() => started === 2);
  const groups = app.get(StreamGroups);
  const hasHeard = async () => (await groups.get(stream)).workers.every((worker) => worker.hasHeard);
  return { stream, groups, release, hasHeard, started: () => started };
}

it('a worker whose slots are all taken hears of a pause at once, and drain ends when its tasks do', async () => {
  const { stream, groups, release, hasHeard, started } = await fullApp();
  await groups.pause(stream);
  await eventually(hasHeard, AT_ONCE_MS);
  const drained = groups.drain(stream);
  release.resolve();
  expect((await drained).running).toEqual([]);
  expect(started()).toBe(2);

  await groups.resume(stream);
  await eventually(() => started() === 3);
});

it('a worker whose slots are all held by stuck handlers is drained: what they do counts for nothing', async () => {
  const { stream, groups, release, started } = await fullApp(100);
  await eventually(async () => (await groups.get(stream)).running.length === 0);
  const state = await groups.drain(stream, { timeoutMs: 3_000 });
  expect(state).toMatchObject({ running: [], retryScheduled: 2, workers: [{ hasHeard: true }] });
  release.resolve();
  await groups.resume(stream);
  await eventually(() => started() === 5);
});
