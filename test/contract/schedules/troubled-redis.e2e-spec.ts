import { StreamSchedule, StreamSchedules } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { RecordedLog, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { entriesOf, tickOfEntry } from '../../support/ticks.js';

it('goes on, with each tick at most once, after a restart of Redis, a flush of its scripts and of its data, and a full memory', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();

  @StreamSchedule({ everyMs: 1_000 }, stream, { n: 1 }, { name: 'declared' })
  class Plan {}
  // Nest has one logger for all applications of a process.
  const logs = new RecordedLog();
  const parts = { providers: [Plan], options: { connection: redis.url }, logs };
  const [app] = await Promise.all([startApp(parts), startApp(parts)]);
  await app.get(StreamSchedules).upsert(stream, { name: 'made', everyMs: 1_000, payload: { n: 2 } });

  const ticksOf = async (name: string) =>
    (await entriesOf(stream, cli)).map(tickOfEntry).filter((tick) => tick.name === name);
  const goesOn = async (...names: string[]) => {
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const before = (await ticksOf(name)).length;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await eventually(async () => (await ticksOf(name)).length > before);
    }
  };
  await goesOn('declared', 'made');

  await redis.kill();
  await redis.restart();
  await goesOn('declared', 'made');

  await cli.script('FLUSH');
  await goesOn('declared', 'made');

  await cli.config('SET', 'maxmemory', '1');
  const full = (await entriesOf(stream, cli)).length;
  await eventually(() => logs.matching('warn', /Schedules have to wait: .*OOM/).length > 0);
  expect(await entriesOf(stream, cli)).toHaveLength(full);
  await cli.config('SET', 'maxmemory', '0');
  await goesOn('declared', 'made');

  const all = (await entriesOf(stream, cli)).map((entry) => entry.fields['~.tick']);
  expect(new Set(all).size).toBe(all.length);
  // What was made at run time is gone with the data; what is declared is not.
  await cli.flushall();
  await goesOn('declared');
});
