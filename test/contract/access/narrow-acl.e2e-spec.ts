import { Controller } from '@nestjs/common';
import { StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** What delivery alone needs: nothing of records, cancels and rings. */
const DELIVERY_ONLY =
  '+xadd +xreadgroup +xack +xclaim +xpending +xrange +xrevrange +xlen +wait +xtrim +xinfo +xgroup +zadd +zrem +zcard +zscore ' +
  '+zrange +zrangebyscore +hget +hgetall +hset +hdel +exists +eval +evalsha +time +ping +info +client +hello';

it('a user who may not keep records has its tasks run, retried and given up all the same, and is told once', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  await cli.call('ACL', 'SETUSER', 'narrow', 'on', '>password', '~*', ...DELIVERY_ONLY.split(' '));
  const stream = uniqueStream('narrow');
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 20 } }, result: {}, leaseMs: 600 })
    async handle({ fails, lasts }: { fails?: boolean; lasts?: boolean }) {
      runs++;
      // Renewed meanwhile.
      if (lasts) await new Promise((resolve) => setTimeout(resolve, 900));
      if (fails) throw new Error('always');
      return 'done';
    }
  }
  const connection = `redis://narrow:password@127.0.0.1:${redis.port}`;
  const app = await startApp({ controllers: [Worker], options: { connection, blockMs: 500 } });
  const ids = await app.producer.addBulk(stream, [
    { payload: { n: 1 } },
    { payload: { fails: true } },
    { payload: { lasts: true } },
  ]);
  await deadLetters(cli, stream);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(runs).toBe(4);
  expect(app.logs.matching('warn', /Redis does not keep what is told of them .* docs\/connections.md/)).toHaveLength(1);
  expect(
    await app
      .get(StreamTasks)
      .get(stream, ids[0]!)
      .catch((error: unknown) => error),
  ).toBeDefined();
});
