import { Controller } from '@nestjs/common';
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
