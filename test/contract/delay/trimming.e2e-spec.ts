import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('delayed tasks hold up no trimming, neither of the history nor by maxLen, and are not trimmed themselves', async () => {
  const stream: string = uniqueStream('delayed');
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 100, leaseMs: 600, retention: { maxEntries: 0 } })
    async handle(@Ctx() { taskId }: StreamContext) {
      runs.push(taskId);
    }
  }
  const cli = redisCli();
  const producing = await startApp({});
  const { producer } = producing;
  const first = await producer.add(stream, { n: 0 }, { delayMs: 3_600_000 });
  const items = Array.from({ length: 2_000 }, () => ({ payload: { n: 1 } }));
  await producer.addBulk(stream, items, { maxLen: 100 });
  // Redis trims whole nodes of its tree.
  expect(await cli.xlen(stream)).toBeLessThan(400);
  await producer.addBulk(stream, items);
  await startApp({ controllers: [Worker] });
  await eventually(async () => runs.length >= items.length && (await cli.xlen(stream)) < 400);
  const tasks = producing.get(StreamTasks);
  expect((await tasks.get(stream, first)).state).toBe('delayed');
  expect(await tasks.promote(stream, first)).toBe('promoted');
  await eventually(() => runs.includes(first));
});
