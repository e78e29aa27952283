import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('a worker that dies in a task’s new life leaves it to others, in that life; nobody takes it from a worker that runs it', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const runs: unknown[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 1_000, retry: { maxDeliveries: 3 } })
    work(@Ctx() { deliveryCount, redrives, totalDeliveries }: StreamContext) {
      runs.push([deliveryCount, redrives, totalDeliveries]);
    }
  }
  const options = { leaseMs: 1_000, retry: { maxDeliveries: 3 } };
  const first = await startWorker({ stream, options });
  const id = (await cli.xadd(stream, '*', 'untilAborted', '1'))!;
  await eventually(() => first.events.some(({ entryId }) => entryId === id));
  // As if it had been given up before, and somebody else had it run again.
  const letter = ['~dead-group', 'workers', '~dead-id', id, '~dead-deliveries', '5'];
  const letterId = (await cli.xadd(`{${stream}}:dead`, '*', ...letter))!;
  const producer = await startApp({});
  expect(await redrive(producer, stream, [letterId])).toEqual(['pending']);
  await cli.xack(stream, 'workers', id);
  await first.kill();

  const second = await startWorker({ stream, options });
  expect(await redrive(producer, stream, [letterId])).toEqual(['redriven']);
  await eventually(() => second.events.some(({ event, entryId }) => event === 'started' && entryId === id));
  await second.kill();
  await startApp({ controllers: [Worker] });
  await eventually(() => runs.length === 1);
  expect(runs).toEqual([[2, 1, 7]]);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
});
