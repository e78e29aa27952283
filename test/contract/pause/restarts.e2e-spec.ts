import { Controller } from '@nestjs/common';
import { RedisStreamsHealthIndicator, StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a pause outlives the workers and Redis: whoever starts into it runs nothing, is up, and says why', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream('paused');
  const cli = redisCli(redis.url);
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      runs++;
    }
  }
  const options = { connection: redis.url, blockMs: 300 };
  const first = await startApp({ controllers: [Worker], options });
  // Drained, so that no read that is under way still starts what is added.
  await first.get(StreamGroups).drain(stream, { by: 'ops', reason: 'migration', forMs: 3_600_000 });
  await first.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await first.close();

  const next = await startApp({ controllers: [Worker], options });
  const groups = next.get(StreamGroups);
  const heardAt = async () =>
    Object.entries(await cli.hgetall(`{${stream}}:workers:pause`)).map(([name, at]) =>
      name.startsWith('heard:') ? +at : 0,
    );
  /** It looks now and then, and notes when. */
  const looksOn = async () => {
    const before = Math.max(...(await heardAt()));
    await eventually(async () => Math.max(...(await heardAt())) > before);
  };
  await looksOn();

  await redis.kill();
  await redis.restart();
  await eventually(async () => (await groups.get(stream)).pause);
  await looksOn();
  expect(runs).toBe(0);
  expect(next.logs.matching('warn', /paused by ops until .*: migration\./)).toHaveLength(1);
  const { health } = await next.get(RedisStreamsHealthIndicator).check('health');
  expect(health).toMatchObject({ status: 'up', consumers: [{ status: 'up', paused: { by: 'ops' } }] });

  await groups.resume(stream);
  await eventually(() => runs === 2);
  await eventually(() => next.logs.matching('log', /resumed\./).length === 1);
  const after = await next.get(RedisStreamsHealthIndicator).check('health');
  expect(after.health.consumers[0]).not.toHaveProperty('paused');
});
