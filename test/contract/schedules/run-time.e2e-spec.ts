import { StreamSchedule, StreamSchedules } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { entriesOf, missedSince, tickOfEntry } from '../../support/ticks.js';

const everyMs = 1_000;

describe('a schedule that is made at run time', () => {
  it('ticks in the process that made it, and in others, which go on when that is gone', async () => {
    const stream = uniqueStream();
    const maker = await startApp({});
    await maker.get(StreamSchedules).upsert(stream, { name: 'tick', everyMs, payload: { n: 1 }, headers: { a: 'b' } });
    await eventually(async () => (await entriesOf(stream)).length > 0);
    await maker.close();

    const other = await startApp({});
    const before = (await entriesOf(stream)).length;
    // Whoever asks for schedules proposes them.
    await other.get(StreamSchedules).resume(stream, 'tick');
    const entries = await eventually(async () => {
      const now = await entriesOf(stream);
      return now.length > before && now;
    });
    expect(entries[0]!.fields).toMatchObject({ '~a': 'b' });
    expect(new Set(entries.map((entry) => tickOfEntry(entry).tickAt)).size).toBe(entries.length);
  });

  it('ticks in a process that only adds tasks, over the connection that it has for that', async () => {
    const [stream, elsewhere]: string[] = [uniqueStream(), uniqueStream()];
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    const options = { connection: redis.url };
    const maker = await startApp({ options });
    await maker.get(StreamSchedules).upsert(stream!, { name: 'tick', everyMs, payload: { n: 1 } });
    await maker.close();
    const before = (await entriesOf(stream!, cli)).length;
    const { producer } = await startApp({ options });
    await producer.add(elsewhere!, {});
    await eventually(async () => (await entriesOf(stream!, cli)).length > before + 1);
    expect(String(await cli.client('LIST')).match(/^id=/gm)).toHaveLength(2);
  });

  it('is another one after an upsert, which makes nothing of what the first one missed, and the same after the same', async () => {
    const stream = uniqueStream();
    const schedules = (await startApp({})).get(StreamSchedules);
    const spec = { name: 'daily', cron: '0 0 * * *', payload: { n: 1 } };
    await schedules.upsert(stream, spec);
    const [made] = await schedules.list(stream);
    await schedules.upsert(stream, spec);
    expect(await schedules.list(stream)).toEqual([made]);
    expect(made).toMatchObject({ stream, name: 'daily', isDeclared: false, paused: undefined, lastTaskId: undefined });
    expect(made!.nextAt!.getTime()).toBe(Math.ceil(Date.now() / 86_400_000) * 86_400_000);

    await missedSince(stream, 'daily', 3 * 86_400_000);
    await schedules.upsert(stream, { ...spec, cron: '0 12 * * *' });
    const [changed] = await schedules.list(stream);
    expect(changed!.lastTickAt.getTime()).toBeGreaterThan(Date.now() - 10_000);
    expect(await entriesOf(stream)).toEqual([]);
  });

  it('that this version cannot read makes no task and hides no other, is told, and can be removed', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const schedules = app.get(StreamSchedules);
    await schedules.upsert(stream, { name: 'good', everyMs, payload: { n: 1 } });
    const odd = ['no JSON', '{}', '{"when":{"moonPhase":1},"options":{},"fields":["n","1"]}', '[1]', 'null'];
    for (const [n, spec] of odd.entries())
      await redisCli().hset(`{${stream}}:schedules`, `spec:odd${n}`, spec, `tick:odd${n}`, '5 ');
    expect((await schedules.list(stream)).map(({ name }) => name)).toEqual(['good']);
    await expect(schedules.trigger(stream, 'odd0')).rejects.toThrow(/'odd0' is nothing that this version can read/);
    await schedules.resume(stream, 'good');
    const warned = () => odd.every((_, n) => app.logs.matching('warn', new RegExp(`'odd${n}'.*cannot be read`))[0]);
    await eventually(warned);
    await eventually(async () => (await entriesOf(stream)).length > 1);
    expect((await entriesOf(stream)).every((entry) => tickOfEntry(entry).name === 'good')).toBe(true);
    for (const [n] of odd.entries()) expect(await schedules.remove(stream, `odd${n}`)).toBe(true);
  });

  it('ends when it is removed', async () => {
    const stream = uniqueStream();
    const schedules = (await startApp({})).get(StreamSchedules);
    await schedules.upsert(stream, { name: 'tick', everyMs, payload: { n: 1 } });
    await eventually(async () => (await entriesOf(stream)).length > 0);
    expect(await schedules.remove(stream, 'tick')).toBe(true);
    expect(await schedules.remove(stream, 'tick')).toBe(false);
    expect(await schedules.list(stream)).toEqual([]);
    const count = (await entriesOf(stream)).length;
    const marker = uniqueStream();
    await schedules.upsert(marker, { name: 'marker', everyMs, payload: { n: 1 } });
    await eventually(async () => (await entriesOf(marker)).length > 1);
    expect(await entriesOf(stream)).toHaveLength(count);
  });
});

describe('a pause', () => {
  it('holds declared schedules and others, whose ticks of that time make no tasks later', async () => {
    const stream = uniqueStream();

    @StreamSchedule({ everyMs }, stream, { n: 1 }, { name: 'declared' })
    class Plan {}
    const schedules = (await startApp({ providers: [Plan] })).get(StreamSchedules);
    await eventually(async () => (await entriesOf(stream)).length > 0);
    expect(await schedules.pause(stream, 'declared', { reason: 'maintenance' })).toBe(true);
    expect(await schedules.pause(stream, 'never there')).toBe(false);
    const [paused] = await schedules.list(stream);
    expect(paused).toMatchObject({ isDeclared: true, nextAt: undefined, paused: { reason: 'maintenance' } });

    const count = (await entriesOf(stream)).length;
    const marker = uniqueStream();
    await schedules.upsert(marker, { name: 'marker', everyMs, payload: { n: 1 } });
    await eventually(async () => (await entriesOf(marker)).length > 2);
    expect(await entriesOf(stream)).toHaveLength(count);

    const resumedAt = Date.now();
    expect(await schedules.resume(stream, 'declared')).toBe(true);
    const entries = await eventually(async () => {
      const now = await entriesOf(stream);
      return now.length > count && now;
    });
    expect(tickOfEntry(entries[count]!).tickAt).toBeGreaterThanOrEqual(resumedAt - everyMs);
    expect((await schedules.list(stream))[0]).toMatchObject({ paused: undefined });
  });
});

describe('a schedule that is triggered', () => {
  it('makes a task at once, paused or not, of which its ticks know nothing', async () => {
    const stream = uniqueStream();
    const schedules = (await startApp({})).get(StreamSchedules);
    await schedules.upsert(stream, { name: 'yearly', cron: '0 0 1 1 *', payload: { n: 1 } });
    await schedules.pause(stream, 'yearly');
    const id = await schedules.trigger(stream, 'yearly');
    expect(await entriesOf(stream)).toMatchObject([{ id, fields: { n: '1', '~.tick': '- yearly' } }]);
    expect((await schedules.list(stream))[0]).toMatchObject({ lastTaskId: undefined });
    expect(await schedules.trigger(stream, 'never there')).toBeUndefined();
  });
});
