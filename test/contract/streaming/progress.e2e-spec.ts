import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a run that loses its entry and gets it back goes on to tell its progress', async () => {
  const stream = uniqueStream('progress');
  let callsInVain = 0;
  const end = new AbortController();
  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 500 })
    async handle(@Ctx() context: StreamContext) {
      for (let n = 1; !end.signal.aborted; n++) {
        context.progress(n);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (context.signal.aborted) callsInVain++;
      }
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, {});
  const progress = async () => Number((await tasks.get(stream, id)).progress ?? 0);
  await eventually(async () => (await progress()) > 0);
  const cli = redisCli();
  await cli.xclaim(stream, 'workers', 'another@60000ms', 0, id);
  // More than half a second of them: what was to be sent is dropped by then.
  await eventually(() => callsInVain > 30);
  const before = await progress();
  // It comes here again, as to a group that somebody has made anew.
  await cli.multi().xgroup('DESTROY', stream, 'workers').xgroup('CREATE', stream, 'workers', '0').exec();
  await eventually(async () => (await progress()) > before);
  end.abort();
  await eventually(async () => (await tasks.get(stream, id)).state === 'completed');
});

it('100,000 calls of progress are a few writes, and the last word is kept before the task is done', async () => {
  const stream = uniqueStream('progress');
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  let tookMs = 0;
  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Ctx() context: StreamContext) {
      // What the worker writes when it starts is not counted.
      await cli.config('RESETSTAT');
      const from = performance.now();
      for (let n = 1; n <= 100_000; n++) {
        context.progress({ n });
        if (n % 1_000 === 0) await new Promise(setImmediate);
      }
      tookMs = performance.now() - from;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, { n: 1 });
  const task = await eventually(async () => {
    const found = await tasks.get(stream, id);
    return found.state === 'completed' && found;
  });
  expect(task.progress).toEqual({ n: 100_000 });
  const stats = await cli.info('commandstats');
  const writes = Number(/cmdstat_hset:calls=(\d+)/.exec(stats)![1]);
  expect(writes).toBeLessThanOrEqual(tookMs / 250 + 5);
});
