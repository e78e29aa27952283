import { Controller } from '@nestjs/common';
import { Redis } from 'ioredis';
import { StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

it('a retry that is due runs, also when the wake-up for it overtakes the blocking read', async () => {
  const redis = await ownRedis('--appendonly', 'no');
  const cli = redisCli(redis.url);
  const proxy = await tcpProxy(redis.port);
  const stream = uniqueStream();
  const wakeUps = async () =>
    Number(/cmdstat_client(?:\|unblock)?:calls=(\d+)/.exec(await cli.info('commandstats'))?.[1] ?? 0);
  let before = Infinity;
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1, retry: { backoff: { initialMs: 0 } } })
    async handle() {
      if (runs++ > 0) return;
      before = await wakeUps();
      // What is read next stays on its way until the wake-up is through.
      proxy.silence();
      throw new Error('the first time');
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: {
      blockMs: 60_000,
      connection: (role, options) =>
        new Redis({ port: role === 'reader' ? proxy.port : redis.port, host: '127.0.0.1', ...options }),
    },
  });
  await app.producer.add(stream, {});

  await eventually(async () => (await wakeUps()) > before);
  expect(runs).toBe(1);
  proxy.resume();
  // A read that nobody wakes ends for the next sweep at the latest, which is later than that.
  await eventually(() => runs === 2, 4_000);
});
