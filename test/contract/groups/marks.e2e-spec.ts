import { Controller } from '@nestjs/common';
import { RedisStreamsHealthIndicator, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { marksKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

it('where something else is in the place of the marks, tasks are handled, and log and health say what is wrong', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  await cli.set(marksKey(stream), 'not a hash');
  let handled = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      handled++;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  for (let n = 1; n <= 3; n++) {
    await app.producer.add(stream, {});
    await eventually(async () => handled === n && (await pendingCount(cli, stream)) === 0);
  }
  const said = () => app.logs.matching('error', /:marks' cannot be kept .*WRONGTYPE.*: it must be a hash/);
  await eventually(() => said().length > 0);
  expect(said()).toHaveLength(1);
  const { s } = await app.get(RedisStreamsHealthIndicator).check('s');
  expect(s).toMatchObject({ status: 'degraded', consumers: [{ reason: expect.stringMatching(/marks/) }] });
});

it('what was finished counts once when its report is sent again over a new connection: no history is lost', async () => {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  let held = deferred();
  let running = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 300, retention: { maxEntries: 500 } })
    async handle() {
      running++;
      await held.promise;
    }
  }
  const connection = `redis://127.0.0.1:${proxy.port}`;
  const app = await startApp({ controllers: [Worker], options: { connection, blockMs: 500 } });
  const other = await startApp({ options: { connection: redis.url, consume: false } });
  const payloads = Array.from({ length: 300 }, () => ({ payload: {} }));
  for (let round = 1; round <= 2; round++) {
    await other.producer.addBulk(stream, payloads);
    await eventually(() => running === 300 * round, 20_000);
    held.resolve();
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    // Now the report is under way: it arrives, its connection breaks, and it is sent again.
    redis.freeze();
    const frozenAt = performance.now();
    await eventually(() => performance.now() - frozenAt > 900);
    proxy.halfOpen();
    held = deferred();
    redis.thaw();
  }
  held.resolve();
  running = 0;
  await other.producer.addBulk(stream, payloads.slice(0, 1));
  await eventually(() => running === 1, 20_000);
  await eventually(async () => (await cli.hget(marksKey(stream), 'workers'))!.split(' ')[2] === '601', 20_000);
  expect(await cli.xlen(stream)).toBeGreaterThanOrEqual(500);
  expect(app.logs.matching('error', /marks/)).toEqual([]);
}, 60_000);
