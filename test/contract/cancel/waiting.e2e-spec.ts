import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  RedisStreamsConfigError,
  type RedisStreamsOptions,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  StreamTasks,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Work {
  readonly fails?: boolean;
}

/** A process that only asks, and workers to start when the scene is set. */
async function setUp(options: RedisStreamsOptions = {}) {
  const stream = uniqueStream();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 60_000 } }, retention: { maxEntries: 10 } })
    async handle(@Payload() { fails }: Work, @Ctx() { entryId }: StreamContext) {
      runs.push(entryId);
      if (fails) throw new Error('no luck');
    }
  }
  const app = await startApp({ options });
  return {
    stream,
    runs,
    app,
    tasks: app.get(StreamTasks),
    monitor: app.get(StreamMonitor),
    add: (work: Work = {}) => app.producer.add(stream, work),
    startWorkers: () => startApp({ controllers: [Worker], options }),
  };
}

describe('a cancelled task that', () => {
  it('no worker has read never runs; the others do, and nothing waits for it', async () => {
    const { stream, runs, tasks, monitor, add, startWorkers } = await setUp();
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await add());
    const cancelled = ids.filter((_, n) => n % 3 === 1 || n >= 18);
    for (const id of cancelled) {
      expect(await tasks.cancel(stream, id, { reason: 'not needed' })).toBe('cancelled');
      expect(await tasks.get(stream, id)).toMatchObject({ state: 'cancelled', reason: 'not needed' });
    }
    expect(await tasks.cancel(stream, cancelled[0]!)).toBe('cancelled');

    await startWorkers();
    const others = ids.filter((id) => !cancelled.includes(id));
    await eventually(() => runs.length === others.length);
    expect(runs.toSorted()).toEqual(others.toSorted());
    await eventually(async () => {
      const { heldBy, groups } = await monitor.stats(stream);
      expect(groups).toMatchObject([{ backlog: { count: 0, isExact: true }, pending: 0 }]);
      return heldBy === undefined;
    });
    expect(await tasks.get(stream, cancelled[0]!)).toMatchObject({ state: 'cancelled' });

    // The group is put together again from its mark, and history goes as before.
    const cli = redisCli();
    await eventually(async () => (await cli.hget(`{${stream}}:marks`, 'workers'))?.includes(ids.at(-3)!));
    await cli.xgroup('DESTROY', stream, 'workers');
    for (let n = 0; n < 300; n++) others.push(await add());
    await eventually(() => runs.length >= others.length);
    expect(runs.toSorted()).toEqual(others.toSorted());
    await eventually(async () => (await cli.xlen(stream)) < 200);
  });

  it('is scheduled for a retry never runs again, and is pending no more', async () => {
    const { stream, runs, tasks, monitor, add, startWorkers } = await setUp();
    await startWorkers();
    const id = await add({ fails: true });
    await eventually(async () => (await tasks.get(stream, id)).state === 'retry-scheduled');
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    expect(await tasks.get(stream, id)).toMatchObject({ state: 'cancelled', reason: undefined });
    const { groups, heldBy } = await monitor.stats(stream);
    expect(groups).toMatchObject([{ pending: 0, retryScheduled: 0 }]);
    expect(heldBy).toBeUndefined();
    const next = await add();
    await eventually(() => runs.includes(next));
    expect(runs).toEqual([id, next]);
    expect(await tasks.cancel(stream, next)).toBe('finished');
  });

  it('is so in one group of several stays for the others', async () => {
    const { stream, tasks, add } = await setUp();
    const cli = redisCli();
    const id = await add();
    for (const group of ['workers', 'audit']) await cli.xgroup('CREATE', stream, group, '0');
    expect(await tasks.cancel(stream, id, { group: 'audit', reason: 'seen' })).toBe('requested');
    expect(await tasks.get(stream, id, { group: 'audit' })).toMatchObject({
      state: 'waiting',
      cancelRequested: { reason: 'seen' },
    });
    const inWorkers = await tasks.get(stream, id);
    expect(inWorkers.state === 'waiting' && inWorkers.cancelRequested).toBe(undefined);
    expect(await cli.xlen(stream)).toBe(1);
    expect(await tasks.cancel(stream, id, { group: 'others' })).toBe('unknown');
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    expect(await tasks.get(stream, id, { group: 'audit' })).toMatchObject({ state: 'cancelled' });
  });
});

it('in a cluster tasks of several groups are asked about, listed and cancelled', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const { stream, tasks, add } = await setUp({ connection: { nodes: [...cluster.seeds] } });
  const { cli } = await cluster.masterOf(stream);
  const ids = [await add(), await add(), await add()];
  for (const group of ['workers', 'audit', 'a b']) await cli.xgroup('CREATE', stream, group, '0');
  expect(await tasks.cancel(stream, ids[0]!)).toBe('cancelled');
  for (const group of ['workers', 'audit', 'a b']) {
    expect(await tasks.get(stream, ids[0]!, { group })).toMatchObject({ state: 'cancelled' });
  }
  await cli.xreadgroup('GROUP', 'audit', 'gpu@30000ms', 'COUNT', 1, 'STREAMS', stream, '>');
  expect(await tasks.cancel(stream, ids[1]!, { reason: 'late' })).toBe('requested');
  expect(await tasks.get(stream, ids[1]!, { group: 'audit' })).toMatchObject({
    state: 'running',
    cancelRequested: { reason: 'late' },
  });
  expect(await tasks.list(stream, { state: 'running', group: 'audit' })).toMatchObject({ tasks: [{ id: ids[1] }] });
  expect(await tasks.list(stream, { state: 'waiting' })).toMatchObject({ tasks: [{ id: ids[1] }, { id: ids[2] }] });
});

it('while the memory is full, tasks are asked about and cancelled', async () => {
  const redis = await ownRedis();
  const { stream, tasks, add } = await setUp({ connection: redis.url });
  const cli = redisCli(redis.url);
  const [scheduled, running, waiting] = [await add(), await add(), await add()];
  await cli.xgroup('CREATE', stream, 'workers', '0');
  await cli.xreadgroup('GROUP', 'workers', 'gpu@30000ms', 'COUNT', 2, 'STREAMS', stream, '>');
  await cli.xclaim(stream, 'workers', 'retry-scheduled', 0, scheduled, 'JUSTID');
  await cli.config('SET', 'maxmemory', '1');
  await expect(add()).rejects.toThrow(/OOM/);

  expect(await tasks.cancel(stream, scheduled)).toBe('cancelled');
  expect(await tasks.cancel(stream, running, { reason: 'full' })).toBe('requested');
  expect(await tasks.cancel(stream, waiting)).toBe('cancelled');
  expect(await tasks.get(stream, scheduled)).toMatchObject({ state: 'cancelled' });
  expect(await tasks.get(stream, running)).toMatchObject({ state: 'running', cancelRequested: { reason: 'full' } });
  expect(await tasks.get(stream, waiting)).toMatchObject({ state: 'cancelled' });
  expect(await pendingCount(cli, stream)).toBe(1);
});

it.each<[unknown, object | undefined, RegExp]>([
  ['1', undefined, /cancel\('s'\): a task id is what add returned/],
  ['1-0', { reason: 'é'.repeat(513) }, /cancel\('s'\): reason has 1026 bytes, and may have 1024\. Cut it/],
  ['1-0', { reason: 7 }, /cancel\('s'\): reason must be a string, got 7/],
  ['1-0', { group: '' }, /cancel\('s'\): group must be a string of 1 to 256 characters/],
  ['1-0', { resaon: 'x' }, /Unknown option 'resaon' in the options of cancel\('s'\). Did you mean 'reason'/],
])('cancelling %j with %j is refused', async (id, options, message) => {
  const stream: string = 's';
  const tasks = (await startApp({})).get(StreamTasks);
  const error = await tasks.cancel(stream, id as never, options as never).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RedisStreamsConfigError);
  expect((error as Error).message).toMatch(message);
});

it('cancelling what there is not is unknown', async () => {
  const { stream, tasks } = await setUp();
  expect(await tasks.cancel(stream, '5-0', { reason: 'é'.repeat(512) })).toBe('unknown');
});
