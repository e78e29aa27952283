import { Injectable, type Type } from '@nestjs/common';
import { type ScheduleOptions, StreamSchedule } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { entriesOf, missedSince, tickOfEntry } from '../../support/ticks.js';

const HOUR = 3_600_000;

function planOf(stream: string, options: ScheduleOptions): Type {
  @Injectable()
  class Plan {
    @StreamSchedule({ everyMs: HOUR }, stream, { n: 1 }, { name: 'hourly', ...options })
    hourly() {}
  }
  return Plan;
}

/** Starts an application whose hourly schedule nobody proposed for ten hours; and one that was never known. @returns when both were looked at */
async function comeBack(stream: string, options: ScheduleOptions): Promise<void> {
  const first = await startApp({ providers: [planOf(stream, options)] });
  await eventually(() => redisCli().hexists(`{${stream}}:schedules`, 'tick:hourly'));
  await first.close();
  await missedSince(stream, 'hourly', 10 * HOUR);
  const marker = uniqueStream();

  @StreamSchedule({ everyMs: 1_000 }, marker, { n: 1 }, { name: 'marker' })
  class Marker {}
  await startApp({ providers: [planOf(stream, options), Marker] });
  await eventually(async () => (await entriesOf(marker)).length > 0);
}

describe('ticks that nobody was there for', () => {
  it('make one task, of the last one', async () => {
    const stream = uniqueStream();
    await comeBack(stream, {});
    const entries = await entriesOf(stream);
    expect(entries.map(tickOfEntry)).toEqual([{ name: 'hourly', tickAt: Math.floor(Date.now() / HOUR) * HOUR }]);
  });

  it('make none where they are not to be caught up', async () => {
    const stream = uniqueStream();
    await comeBack(stream, { catchUp: 'none' });
    // Unless an hour has begun just now.
    const due = Date.now() % HOUR < 20_000 ? 1 : 0;
    expect((await entriesOf(stream)).length).toBeLessThanOrEqual(due);
  });

  it('make one where the last is within the window', async () => {
    const [within, beyond] = [uniqueStream(), uniqueStream()];
    const sinceMs = Date.now() % HOUR;
    await comeBack(within, { catchUp: { windowMs: sinceMs + 60_000 } });
    expect(await entriesOf(within)).toHaveLength(1);
    if (sinceMs < 120_000) return;
    await comeBack(beyond, { catchUp: { windowMs: sinceMs - 60_000 } });
    expect(await entriesOf(beyond)).toHaveLength(0);
  });

  it('are none of a schedule that was never known, nor of one whose times have changed since', async () => {
    const stream = uniqueStream();
    await comeBack(stream, {});
    const before = (await entriesOf(stream)).length;
    await missedSince(stream, 'hourly', 10 * HOUR);

    @StreamSchedule('30 * * * *', stream, { n: 2 }, { name: 'hourly' })
    @StreamSchedule('15 * * * *', stream, { n: 3 }, { name: 'new' })
    class Other {}
    const marker = uniqueStream();

    @StreamSchedule({ everyMs: 1_000 }, marker, { n: 1 }, { name: 'marker' })
    class Marker {}
    await startApp({ providers: [Other, Marker] });
    await eventually(async () => (await entriesOf(marker)).length > 0);
    const made = (await entriesOf(stream)).slice(before).map(({ fields }) => fields['~.tick']);
    // At most what ticks just now.
    expect(made.filter((header) => Date.now() - Number(header!.split(' ')[0]) > 10_000)).toEqual([]);
  });
});
