import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { RedisStreamsHealthIndicator, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownSentinel } from '../../support/own-sentinel.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('follows a failover by Sentinel after its master was killed', { timeout: 90_000 }, async () => {
  const { name, sentinels, master, replica } = await ownSentinel();
  const stream = uniqueStream();
  const handled = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 2_000 })
    async handle(@Ctx() { entryId }: StreamContext) {
      handled.add(entryId);
    }
  }
  const options = { connection: { sentinels: [...sentinels], name, sentinelRetryStrategy: () => 200 }, blockMs: 500 };
  const app = await startApp({ controllers: [Worker], options });
  const onReplica = redisCli(replica.url);
  const accepted: string[] = [];
  const add = async () => accepted.push(await app.producer.add(stream, {}));
  for (let n = 0; n < 50; n++) await add();
  await eventually(() => handled.size === 50);
  // What was not replicated would be lost with the master, and no queue could help it.
  await eventually(async () => (await onReplica.xlen(stream)) === 50);

  await master.kill();
  for (let n = 0; n < 50; n++) await eventually(() => add(), 30_000);

  await eventually(() => accepted.every((id) => handled.has(id)), 20_000);
  expect(await onReplica.info('replication')).toContain('role:master');
  await eventually(async () => (await pendingCount(onReplica, stream)) === 0);
  await eventually(async () => (await app.get(RedisStreamsHealthIndicator).check('s')).s.status === 'up', 20_000);
});
