import { Controller } from '@nestjs/common';
import { DeadLetters, StreamHandler, StreamReplay, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { metricsOf } from '../../support/metrics.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const WEEK_MS = 7 * 86_400_000;

/** A worker of a stream with one entry, added a while ago by its id, and what its metrics tell. */
async function setUp({ addedMsAgo, run }: { addedMsAgo: number; run: () => unknown }) {
  const stream = uniqueStream();
  await redisCli().xadd(stream, `${Date.now() - addedMsAgo}-0`, 'n', '1');

  @Controller()
  class Worker {
    @StreamHandler(stream, { startFrom: 'first' })
    handle() {
      return run();
    }
  }
  const registry = new Registry();
  const server = { everyMs: 1_000 };
  const app = await startApp({
    controllers: [Worker],
    imports: [RedisStreamsMetricsModule.forRoot({ registry, server })],
  });
  const labels = { stream, group: 'workers' };
  const read = async (name: string, more = {}) => (await metricsOf(registry)).of(name, { ...labels, ...more });
  return { app, stream, read };
}

it('of a redriven task it is counted how long it waits and takes, and how old it is, from when it was redriven; and that it was', async () => {
  const held = deferred();
  let runs = 0;
  const { app, stream, read } = await setUp({
    addedMsAgo: WEEK_MS,
    run: () => {
      if (++runs === 1) throw new UnrecoverableError('the model is gone');
      return held.promise;
    },
  });
  await eventually(async () => (await read('end_to_end_duration_seconds_count')) === 1);
  expect(await read('redriven_total')).toBe(0);

  const redrive = await app.get(DeadLetters).redrive(stream, { all: true });
  await redrive.ended();
  await eventually(() => runs === 2);
  // What was known of it before is a second old at most.
  await eventually(async () => {
    const age = (await read('oldest_unfinished_age_seconds'))!;
    return age > 0 && age < 60;
  });
  // It has not ended yet.
  expect(await read('redriven_total')).toBe(0);

  held.resolve();
  await eventually(async () => (await read('redriven_total')) === 1);
  for (const histogram of ['wait_duration_seconds', 'end_to_end_duration_seconds']) {
    expect(await read(`${histogram}_count`)).toBe(2);
    expect(await read(`${histogram}_bucket`, { le: '60' })).toBe(1);
  }
  expect(await read('replayed_total')).toBe(0);
});

it('so it is of a replayed one', async () => {
  const { app, stream, read } = await setUp({ addedMsAgo: WEEK_MS, run: () => undefined });
  await eventually(async () => (await read('end_to_end_duration_seconds_count')) === 1);

  const replay = await app.get(StreamReplay).start(stream, { all: true });
  expect(await replay.ended()).toMatchObject({ done: 1 });
  await eventually(async () => (await read('replayed_total')) === 1);
  for (const histogram of ['wait_duration_seconds', 'end_to_end_duration_seconds']) {
    expect(await read(`${histogram}_bucket`, { le: '60' })).toBe(1);
    expect(await read(`${histogram}_bucket`, { le: '+Inf' })).toBe(2);
  }
  expect(await read('redriven_total')).toBe(0);
});

it('what was added by a clock that is ahead of ours has waited for no time, and not for less', async () => {
  const held = deferred();
  const { read } = await setUp({ addedMsAgo: -3_600_000, run: () => held.promise });
  const age = await eventually(async () => await read('oldest_unfinished_age_seconds'));
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(60);
  held.resolve();
  await eventually(async () => (await read('end_to_end_duration_seconds_count')) === 1);
  for (const histogram of ['wait_duration_seconds', 'end_to_end_duration_seconds']) {
    expect(await read(`${histogram}_sum`)).toBe(0);
    expect(await read(`${histogram}_bucket`, { le: '0.005' })).toBe(1);
  }
});
