import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('goes on, and handles nothing twice, when the server forgets its scripts', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const handled: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Payload() { n }: { n: number }) {
      await cli.script('FLUSH');
      handled.push(n);
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });

  const tasks = [0, 1, 2, 3, 4];
  for (const n of tasks) {
    await app.producer.add(stream, { n });
    await eventually(async () => handled.length > n && (await pendingCount(cli, stream)) === 0);
  }
  expect(handled).toEqual(tasks);
});
