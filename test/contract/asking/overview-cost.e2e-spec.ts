import { StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('an overview is one script that looks at no more than some thousand entries, however many there are', async () => {
  const redis = await ownRedis('--appendonly', 'no');
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const app = await startApp({ options: { connection: redis.url } });
  const entries = Array.from({ length: 5_000 }, () => ({ payload: { prompt: 'p' } }));
  for (let n = 0; n < 4; n++) await app.producer.addBulk(stream, entries);
  await cli.xgroup('CREATE', stream, 'workers', '0');
  for (let n = 0; n < 10; n++) {
    await cli.xreadgroup('GROUP', 'workers', `gpu-${n}:1:0123456${n}@30000ms`, 'COUNT', 1_000, 'STREAMS', stream, '>');
  }
  const monitor = app.get(StreamMonitor);
  await monitor.overview(stream);

  await cli.config('RESETSTAT');
  const { groups } = await monitor.overview(stream);
  expect(groups[0]).toMatchObject({ pending: 10_000 });
  const stats = await cli.info('commandstats');
  const calls = new Map(
    [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, count]) => [name!, +count!]),
  );
  expect(calls.get('evalsha')).toBe(1);
  // What is pending is never walked through; pages of 100, 20 a side, and 10 of what was added lately.
  expect(calls.get('xpending')).toBe(1);
  expect((calls.get('xrange') ?? 0) + (calls.get('xrevrange') ?? 0)).toBeLessThan(55);
});
