import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a pause with an end is over then by Redis’s clock, whatever the read would have blocked for; nobody has to say so', async () => {
  const stream = uniqueStream('paused');
  const cli = redisCli();
  const serverNow = async () => {
    const [seconds, microseconds] = await cli.time();
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  };
  const startedAt: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      startedAt.push(await serverNow());
    }
  }
  const app = await startApp({ controllers: [Worker], options: { blockMs: 60_000 } });
  const groups = app.get(StreamGroups);
  // Drained first, so that no read that is under way still starts what is added.
  await groups.drain(stream);
  const askedAt = await serverNow();
  const { until } = await groups.pause(stream, { forMs: 1_000 });
  expect(until!.getTime() - askedAt).toBeGreaterThanOrEqual(999);
  expect(until!.getTime() - (await serverNow())).toBeLessThanOrEqual(1_000);
  await app.producer.add(stream, {});
  await eventually(() => startedAt.length === 1);
  expect(startedAt[0]).toBeGreaterThanOrEqual(until!.getTime());
  // Far sooner than the end of the read.
  expect(startedAt[0]! - until!.getTime()).toBeLessThan(5_000);
  expect((await groups.get(stream)).pause).toBeUndefined();

  // Another pause begins anew; paused twice, it has the second end and keeps what is not said again.
  const { before: none, ...first } = await groups.pause(stream, { reason: 'tidy up', forMs: 60_000 });
  expect(none).toBeUndefined();
  const { before, ...second } = await groups.pause(stream, { by: 'ops', until: new Date(Date.now() + 3_600_000) });
  const monitored = await app.get(StreamMonitor).stats(stream);
  expect(monitored.groups[0]!.paused).toEqual(second);
  expect(second).toMatchObject({ reason: 'tidy up', by: 'ops', since: first.since });
  // What it was before is told, as an end may be dropped.
  expect(before).toEqual(first);
  expect(await groups.pause(stream)).toMatchObject({ until: undefined, before: second });
});
