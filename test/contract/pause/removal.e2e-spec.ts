import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { RemovalRefusedError, StreamGroups, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const refused = async (promise: Promise<unknown>) => {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RemovalRefusedError);
  return error as RemovalRefusedError;
};

it('a group goes with all that is kept of it, once no worker is there; what is unfinished only by force, and a dry run tells of it', async () => {
  const stream = uniqueStream('removed');
  const cli = redisCli();

  @Controller()
  class Workers {
    @StreamHandler(stream, { group: 'kept' })
    async keep() {}
    @StreamHandler(stream, { group: 'old', retry: { backoff: { initialMs: 60_000 } } })
    async fail() {
      throw new Error('always');
    }
  }
  const workers = await startApp({ controllers: [Workers] });
  const app = await startApp({ options: { consume: false } });
  const groups = app.get(StreamGroups);
  await workers.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await eventually(async () => (await groups.get(stream, { group: 'old' })).retryScheduled === 2);
  await groups.pause(stream, { group: 'old' });

  const served = await refused(groups.remove(stream, { group: 'old', force: true }));
  expect(served.message).toMatch(/it has workers, which would create it again/);
  await workers.close();
  const plan = { pending: 2, hasBacklog: false, alive: [] };
  expect(await groups.remove(stream, { group: 'old', dryRun: true })).toMatchObject({ ...plan, isRemoved: false });
  expect((await refused(groups.remove(stream, { group: 'old' }))).plan).toMatchObject(plan);
  expect(await groups.remove(stream, { group: 'old', force: true })).toMatchObject({ ...plan, isRemoved: true });

  const { groups: left } = await app.get(StreamMonitor).stats(stream);
  expect(left.map(({ group }) => group)).toEqual(['kept']);
  const keys = await cli.keys(`{${stream}}:old:*`);
  expect(keys.filter((key) => !key.includes(':task:'))).toEqual([]);
  expect(await cli.hkeys(`{${stream}}:marks`)).toEqual(['kept']);
  expect(await groups.remove(stream, { group: 'kept' })).toMatchObject({ isRemoved: true, pending: 0 });
  expect(await cli.xlen(stream)).toBe(2);
});

it('a worker that comes later goes on where the removed group was, and from the beginning only where that is to be forgotten', async () => {
  const stream = uniqueStream('removed');
  const cli = redisCli();
  const groups = (await startApp({ options: { consume: false } })).get(StreamGroups);
  const removed = `{${stream}}:marks:removed`;
  /** Workers that run what there is, and stop. @returns what they ran */
  const runAll = async (startFrom: 'first' | 'new' = 'first') => {
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { group: 'old', startFrom })
      async handle(@Payload() { n }: { n: string }) {
        runs.push(n);
      }
    }
    const workers = await startApp({ controllers: [Worker] });
    await eventually(async () => {
      const { running, workers: all } = await groups.get(stream, { group: 'old' });
      return (
        running.length === 0 && all.length > 0 && (await lastDelivered(cli, stream)) === (await lastId(cli, stream))
      );
    });
    await workers.close();
    return runs.toSorted();
  };
  const add = (n: number) => cli.xadd(stream, '*', 'n', String(n));
  await add(1);
  await add(2);
  expect(await runAll()).toEqual(['1', '2']);
  await groups.remove(stream, { group: 'old' });
  expect(await cli.hkeys(removed)).toEqual(['old']);
  await add(3);
  expect(await runAll()).toEqual(['3']);
  expect(await cli.exists(removed)).toBe(0);

  await groups.remove(stream, { group: 'old' });
  await add(4);
  expect(await runAll('new')).toEqual([]);
  await groups.remove(stream, { group: 'old', forget: true });
  expect(await runAll()).toEqual(['1', '2', '3', '4']);

  // Nothing is remembered of what is not there any more.
  await cli.xtrim(stream, 'MAXLEN', 0);
  await groups.remove(stream, { group: 'old' });
  expect(await cli.exists(removed)).toBe(0);
});

it("a group goes whole also where somebody else's key is in the place of the marks", async () => {
  const stream = uniqueStream('removed');
  const cli = redisCli();
  const groups = (await startApp({ options: { consume: false } })).get(StreamGroups);
  await cli.xgroup('CREATE', stream, 'old', '0', 'MKSTREAM');
  await groups.pause(stream, { group: 'old' });
  await cli.set(`{${stream}}:marks`, 'theirs');
  expect(await groups.remove(stream, { group: 'old' })).toMatchObject({ isRemoved: true });
  expect(await cli.exists(`{${stream}}:old:pause`)).toBe(0);
  expect(await cli.get(`{${stream}}:marks`)).toBe('theirs');
});

async function lastDelivered(cli: Redis, stream: string): Promise<unknown> {
  const [group] = (await cli.xinfo('GROUPS', stream)) as unknown[][];
  return group![group!.indexOf('last-delivered-id') + 1];
}

async function lastId(cli: Redis, stream: string): Promise<unknown> {
  const info = (await cli.xinfo('STREAM', stream)) as unknown[];
  return info[info.indexOf('last-generated-id') + 1];
}

it('a dead consumer goes, and what it had is run by others at once; a live one is not removed unasked', async () => {
  const stream = uniqueStream('removed');
  const cli = redisCli();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 3_600_000 })
    async handle({ n }: { n: string }) {
      runs.push(n);
    }
  }
  // It dies with two tasks, whose lease would last for an hour.
  const dying = await startWorker({ stream, options: { concurrency: 2, leaseMs: 3_600_000 }, taskMs: 60_000 });
  const app = await startApp({ controllers: [Worker], options: { consume: false } });
  await app.producer.addBulk(stream, [{ payload: { n: '1' } }, { payload: { n: '2' } }]);
  await eventually(() => dying.started().length === 2);
  await dying.kill();

  const groups = app.get(StreamGroups);
  const { consumer } = (await groups.get(stream)).workers[0]!;
  await startApp({ controllers: [Worker] });
  expect((await refused(groups.removeConsumer(stream, consumer))).message).toMatch(/what it runs would run twice/);
  const plan = { consumer, handedOver: 2 };
  expect(await groups.removeConsumer(stream, consumer, { dryRun: true })).toMatchObject({ ...plan, isRemoved: false });
  expect(runs).toEqual([]);
  expect(await groups.removeConsumer(stream, consumer, { force: true })).toMatchObject({ ...plan, isRemoved: true });
  await eventually(async () => runs.length === 2 && (await pendingCount(cli, stream)) === 0, 5_000);
  expect(runs.toSorted()).toEqual(['1', '2']);
  expect((await groups.get(stream)).workers.map((worker) => worker.consumer)).not.toContain(consumer);
  await expect(groups.removeConsumer(stream, consumer)).rejects.toThrow(/has no consumer/);
});
