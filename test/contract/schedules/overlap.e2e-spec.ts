import { Controller } from '@nestjs/common';
import { StreamHandler, StreamSchedule } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { entriesOf, tickOfEntry } from '../../support/ticks.js';

it('makes no task while the one before waits or runs, where it is to be skipped, and goes on when that has ended', async () => {
  const stream = uniqueStream();
  const done = deferred();
  const lastTick = async () =>
    Number((await redisCli().hget(`{${stream}}:schedules`, 'tick:slow'))?.split(' ')[0] ?? 0);

  @Controller()
  class Slow {
    @StreamHandler(stream)
    handle() {
      return done.promise;
    }
  }

  @StreamSchedule({ everyMs: 1_000 }, stream, { n: 1 }, { name: 'slow', overlap: 'skip' })
  class Plan {}
  await startApp({ controllers: [Slow], providers: [Plan] });
  const [first] = await eventually(async () => {
    const entries = await entriesOf(stream);
    return entries.length > 0 && entries;
  });
  const { tickAt } = tickOfEntry(first!);
  await eventually(async () => (await lastTick()) >= tickAt + 2_000);
  expect(await entriesOf(stream)).toHaveLength(1);

  done.resolve();
  await eventually(async () => (await entriesOf(stream)).length > 1);
});
