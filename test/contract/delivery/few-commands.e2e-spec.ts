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

const TASKS = 20_000;

it('reads and settles a backlog at concurrency 100 in batches: few Redis commands for many tasks, those inside scripts counted', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const handled = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 100 })
    async handle(@Ctx() { entryId }: StreamContext) {
      handled.add(entryId);
    }
  }
  const producer = await startApp({ options: { connection: redis.url, consume: false } });
  await producer.producer.addBulk(
    stream,
    Array.from({ length: TASKS }, (_, n) => ({ payload: { n } })),
  );
  await cli.config('RESETSTAT');

  await startApp({ controllers: [Worker], options: { connection: redis.url } });
  await eventually(async () => handled.size === TASKS && (await pendingCount(cli, stream)) === 0, 20_000);

  const stats = await cli.info('commandstats');
  const counted = [...stats.matchAll(/^cmdstat_(xreadgroup|xack|xpending|evalsha):calls=(\d+)/gm)];
  const commands = counted.reduce((sum, [, , calls]) => sum + Number(calls), 0);
  expect(new Set(counted.map(([, name]) => name))).toEqual(new Set(['evalsha', 'xack', 'xpending', 'xreadgroup']));
  // 5 per 100 where nothing else runs; a processor that is shared makes batches smaller.
  expect((commands / TASKS) * 100).toBeLessThan(12);
});
