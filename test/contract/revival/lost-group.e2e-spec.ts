import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive, replay } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('a group that is lost right after a redrive comes back with it, and runs nothing else again', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const runs: [id: string, redrives: number][] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    work(@Ctx() { entryId, redrives }: StreamContext) {
      runs.push([entryId, redrives]);
    }
  }
  const worker = await startApp({ controllers: [Worker] });
  const ids = await worker.producer.addBulk(
    stream,
    Array.from({ length: 20 }, (_, n) => ({ payload: { n } })),
  );
  await eventually(async () => runs.length === 20 && (await pendingCount(cli, stream)) === 0);
  await worker.close();
  const letter = ['~dead-group', 'workers', '~dead-id', ids[3]!, '~dead-deliveries', '5'];
  const letterId = (await cli.xadd(`{${stream}}:dead`, '*', ...letter))!;
  const producer = await startApp({});
  expect(await redrive(producer, stream, [letterId])).toEqual(['redriven']);
  await cli.xgroup('DESTROY', stream, 'workers');

  await startApp({ controllers: [Worker] });
  await eventually(() => runs.length === 21);
  expect(runs.at(-1)).toEqual([ids[3], 1]);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(runs).toHaveLength(21);
});

it('what a process has done in an earlier life does not count in this one, though the group was lost since', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const runs: [id: string, isReplay: boolean][] = [];
  let held: Promise<void> | undefined;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async work(@Ctx() { entryId, isReplay }: StreamContext) {
      runs.push([entryId, isReplay]);
      await held;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
  const id = await app.producer.add(stream, { n: 1 });
  await eventually(async () => runs.length === 1 && (await pendingCount(cli, stream)) === 0);
  const hold = deferred();
  held = hold.promise;
  expect(await replay(app, stream, [id])).toEqual(['replayed']);
  await eventually(() => runs.length === 2);
  // It comes back with the group, pending at this very consumer, which knows that it has acked it once.
  await cli.xgroup('DESTROY', stream, 'workers');
  await eventually(async () => (await pendingCount(cli, stream)) === 1);
  hold.resolve();
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(runs.slice(1).every(([, isReplay]) => isReplay)).toBe(true);
});
