import type { Type } from '@nestjs/common';
import {
  EncodeError,
  RedisStreamsConfigError,
  type ScheduleSpec,
  type ScheduleWhen,
  StreamSchedule,
  type StreamScheduleOptions,
  StreamSchedules,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const NO_NAME: string = '';
const NOT_AN_OBJECT = 'x' as never;

/** A pattern or an interval, options and payload that are wrong, and what the error says. */
const WRONG: [ScheduleWhen, StreamScheduleOptions, unknown, RegExp][] = [
  ['', {}, {}, /'' is no cron pattern of 5 fields, or 6 with seconds first/],
  ['60 * * * *', {}, {}, /'60 \* \* \* \*' is no cron pattern .*minute/],
  ['* * * * * * 2030', {}, {}, /no cron pattern .*7 parts/],
  ['0 0 30 2 *', {}, {}, /'0 0 30 2 \*' never ticks/],
  ['0 9 * * *', { timeZone: 'Mars/Olympus' }, {}, /'Mars\/Olympus' is no time zone/],
  ['0 9 * * *', { catchUp: 'all' as never }, {}, /catchUp must be 'latest', 'none' or \{ windowMs \}, got "all"/],
  ['0 9 * * *', { catchUp: { windowMs: 1 } }, {}, /catchUp\.windowMs must be .*10000/],
  ['0 9 * * *', { overlap: 'wait' as never }, {}, /overlap must be 'allow' or 'skip'/],
  ['0 9 * * *', { spreadMs: -1 }, {}, /spreadMs must be/],
  ['0 9 * * *', { tz: 'UTC' } as never, {}, /Unknown option 'tz'/],
  ['0 9 * * *', { name: '' }, {}, /name is 1 to 128 characters/],
  ['0 9 * * *', { name: 'x'.repeat(129) }, {}, /name is 1 to 128 characters/],
  ['0 9 * * *', { ttlMs: 0 }, {}, /ttlMs must be/],
  [{ everyMs: 999 }, {}, {}, /everyMs must be .*1000/],
  [{ everyMs: Number.NaN }, {}, {}, /everyMs must be/],
  [{ everyMs: 367 * 86_400_000 }, {}, {}, /everyMs must be/],
  [{ every: 1_000 } as never, {}, {}, /Unknown option 'every'/],
  [NOT_AN_OBJECT, {}, {}, /no cron pattern/],
  [{ everyMs: 1_000 }, {}, undefined, /payload/],
];

function declaring(...schedule: Parameters<typeof StreamSchedule<string>>): Type {
  class Plan {
    readonly isThere = true;
  }
  StreamSchedule(...schedule)(Plan);
  return Plan;
}

describe('a wrong schedule', () => {
  it.each(WRONG)('fails the start where it is declared: %j %j', async (when, options, payload, message) => {
    const Plan = declaring(when, uniqueStream(), payload, options);
    const started = startApp({ providers: [Plan] });
    await expect(started).rejects.toThrow(RedisStreamsConfigError);
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.toThrow(/@StreamSchedule on Plan/);
  });

  it('is refused at run time, and writes nothing', async () => {
    const stream = uniqueStream();
    const schedules = (await startApp({})).get(StreamSchedules);
    for (const [when, options, payload, message] of WRONG) {
      const times = typeof when === 'string' ? { cron: when } : when;
      const spec = { name: 'wrong', payload, ...times, ...options } as ScheduleSpec;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(schedules.upsert(stream, spec)).rejects.toThrow(message);
    }
    for (const [spec, message] of [
      [{ name: 'n', payload: {} }, /one of cron and everyMs/],
      [{ name: 'n', payload: {}, cron: '@daily', everyMs: 1_000 }, /one of cron and everyMs/],
      [{ name: 'n', payload: {}, cron: 9 }, /cron must be a pattern/],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(schedules.upsert(stream, spec as never)).rejects.toThrow(message);
    }
    await expect(schedules.upsert(stream, { name: 'n', cron: '@daily', payload: { at: 1n } })).rejects.toThrow(
      EncodeError,
    );
    await expect(schedules.upsert(NO_NAME, { name: 'n', cron: '@daily', payload: {} })).rejects.toThrow(/stream name/);
    expect(await redisCli().exists(`{${stream}}:schedules`)).toBe(0);
  });

  it('is one whose name another of its stream has, or that is declared here', async () => {
    const stream = uniqueStream();
    const declare = (name: string) => declaring('@daily', stream, { n: 1 }, { name });
    await expect(startApp({ providers: [declare('same'), declare('same')] })).rejects.toThrow(
      /Two schedules of '.*' are named 'same': on Plan and on Plan/,
    );
    const schedules = (await startApp({ providers: [declare('mine')] })).get(StreamSchedules);
    const spec = { name: 'mine', cron: '@hourly', payload: { n: 1 } };
    await expect(schedules.upsert(stream, spec)).rejects.toThrow(/'mine' is declared by @StreamSchedule/);
    await expect(schedules.remove(stream, 'mine')).rejects.toThrow(/'mine' is declared by @StreamSchedule/);
  });
});
