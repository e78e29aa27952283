import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('goes on after Redis was killed and restarted, losing nothing that was accepted', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const handled = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 2_000 })
    async handle(@Ctx() { entryId }: StreamContext) {
      handled.add(entryId);
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });
  const accepted: string[] = [];
  const add = async () => accepted.push(await app.producer.add(stream, { n: accepted.length }));
  for (let n = 0; n < 50; n++) await add();

  await redis.kill();
  await expect(app.producer.add(stream, {})).rejects.toThrow(/could not be reached|may exist/);
  await redis.restart();
  for (let n = 0; n < 50; n++) await eventually(() => add());

  await eventually(() => accepted.every((id) => handled.has(id)), 15_000);
  const cli = redisCli(redis.url);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(app.logs.matching('warn', /consuming is interrupted/)).toHaveLength(1);
  expect(app.logs.matching('log', /consuming again/)).toHaveLength(1);
});
