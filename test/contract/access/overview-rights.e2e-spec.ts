import { StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a user without the rights to MEMORY, SCAN and some others is told once of each, and gets the rest of an overview', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const rights = '+xadd +xinfo +xpending +xrange +xrevrange +xlen +exists +eval +evalsha +hgetall +hello +client +info';
  await cli.call('ACL', 'SETUSER', 'looks', 'on', '>password', '~*', ...rights.split(' '));
  const stream = uniqueStream();
  const app = await startApp({ options: { connection: `redis://looks:password@127.0.0.1:${redis.port}` } });
  const monitor = app.get(StreamMonitor);
  await app.producer.add(stream, {});
  await cli.xgroup('CREATE', stream, 'workers', '0');

  for (let n = 0; n < 2; n++) {
    const overview = await monitor.overview(stream, { memory: true });
    expect(overview).toMatchObject({ entries: 1, groups: [{ backlog: { count: 1 }, state: 'no-live-worker' }] });
    const { memory, delayedDue, nextDueAt, writesRefused } = overview;
    expect([memory, delayedDue, nextDueAt, writesRefused]).toEqual([undefined, undefined, undefined, undefined]);
    expect(await monitor.streams({ scan: true })).toEqual({ streams: [stream], scannedKeys: 0, isComplete: false });
  }
  const told = app.logs.matching('warn', /does not let this user use/);
  const commands = told.map((line) => /use (\w+):/.exec(line)![1]!);
  expect(commands.toSorted()).toEqual(['HGET', 'HMGET', 'MEMORY', 'SCAN', 'TIME', 'ZCARD', 'ZCOUNT', 'ZRANGE']);
});
