import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('while the memory is full a group can be paused and drained, and goes on when it is resumed', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream('paused');
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      runs++;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });
  const groups = app.get(StreamGroups);
  await app.producer.add(stream, {});
  await eventually(() => runs === 1);

  await cli.config('SET', 'maxmemory', '1');
  await groups.pause(stream, { by: 'ops' });
  expect(await groups.drain(stream, { timeoutMs: 3_000 })).toMatchObject({
    running: [],
    workers: [{ hasHeard: true }],
  });
  await cli.config('SET', 'maxmemory', '0');
  await app.producer.add(stream, {});
  await groups.resume(stream);
  await eventually(() => runs === 2);
});

it('and a group that nobody needs can be removed, so that what it holds can be trimmed', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream('removed');
  const groups = (await startApp({ options: { connection: redis.url, consume: false } })).get(StreamGroups);
  await cli.xadd(stream, '*', 'n', '1');
  await cli.xgroup('CREATE', stream, 'old', '$');

  await cli.config('SET', 'maxmemory', '1');
  expect(await groups.remove(stream, { group: 'old' })).toMatchObject({ isRemoved: true });
  expect(await cli.xinfo('GROUPS', stream)).toEqual([]);
});
