import { readFileSync } from 'node:fs';
import { StreamGroups, StreamMonitor, StreamSchedules } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** The rights that a part of the docs names. */
function rightsIn(page: string, part: RegExp): string[] {
  const [text] = part.exec(readFileSync(page, 'utf8'))!;
  return text.match(/\+[a-z]+/g)!;
}

it('with the rights that the docs name, a process that only produces adds, makes the ticks of schedules, and tells who has heard of a pause', async () => {
  const redis = await ownRedis();
  const [stream, cli] = [uniqueStream('rights'), redisCli(redis.url)];
  const rights = [
    ...rightsIn('docs/connections.md', /A process that only produces .*/),
    ...rightsIn('docs/monitoring.md', /All of it needs .*/),
  ];
  await cli.call('ACL', 'SETUSER', 'produces', 'on', '>password', '~*', ...rights);
  // Redis 6.0 knows no rights to channels.
  await cli.call('ACL', 'SETUSER', 'produces', '&nrs:bell:*').catch(() => undefined);
  const operator = await startApp({ options: { connection: redis.url, consume: false } });
  const connection = `redis://produces:password@127.0.0.1:${redis.port}`;
  const app = await startApp({ options: { connection, consume: false } });

  await app.producer.add(stream, {});
  await app.producer.add(stream, {}, { delayMs: 1, idempotency: { key: 'a' } });
  await app.get(StreamSchedules).upsert(stream, { name: 'pulse', everyMs: 1_000, payload: {} });
  await eventually(async () => (await cli.xlen(stream)) >= 3);

  await cli.xgroup('CREATE', stream, 'workers', '0');
  await operator.get(StreamGroups).pause(stream);
  await cli.xreadgroup('GROUP', 'workers', 'one', 'COUNT', 1, 'STREAMS', stream, '>');
  await cli.hset(`{${stream}}:workers:pause`, 'heard:one', 1);
  const { groups } = await app.get(StreamMonitor).overview(stream);
  expect(groups[0]!.consumers).toMatchObject([{ consumer: 'one', hasHeard: true }]);
});
