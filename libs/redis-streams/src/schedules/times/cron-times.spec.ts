import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronTimes } from './cron-times.js';
import { latestTick } from './times.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Lord Howe shifts by half an hour, Troll by two, Santiago at midnight. */
const ZONES = [
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'America/Santiago',
  'UTC',
];

interface Wall {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks on the wall show. */
function wallOf(ms: number, timeZone: string): Wall {
  let format = formats.get(timeZone);
  if (!format) {
    const numeric = 'numeric' as const;
    const options = {
      hour: numeric,
      minute: numeric,
      day: numeric,
      month: numeric,
      year: numeric,
      hourCycle: 'h23',
    } as const;
    formats.set(timeZone, (format = new Intl.DateTimeFormat('en-US', { timeZone, ...options })));
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute } = parts as unknown as Wall & { year: number };
  return { minute, hour, day, month, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** How far the zone's clocks are ahead, in milliseconds. */
function offsetOf(ms: number, timeZone: string): number {
  const { hour, minute, day } = wallOf(ms, timeZone);
  const utc = new Date(ms);
  const days = Math.sign(day - utc.getUTCDate()) * (Math.abs(day - utc.getUTCDate()) > 1 ? -1 : 1);
  return days * 24 * HOUR + (hour - utc.getUTCHours()) * HOUR + (minute - utc.getUTCMinutes()) * MINUTE;
}

/** Whole minutes that a field stands for: a number, a range, a step, a list, or all. */
function matches(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range, step] = part.split('/') as [string, string | undefined];
    const [from, to] =
      range === '*' ? [0, 99] : range.includes('-') ? range.split('-').map(Number) : [Number(range), Number(range)];
    return value >= from! && value <= to! && (value - from!) % Number(step ?? 1) === 0;
  });
}

function isAtWall(pattern: string, wall: Wall): boolean {
  const [minute, hour, day, month, weekday] = pattern.split(' ') as [string, string, string, string, string];
  const inMonth = matches(month, wall.month);
  const [onDay, onWeekday] = [matches(day, wall.day), matches(weekday, wall.weekday)];
  const dayFits = day === '*' || weekday === '*' ? onDay && onWeekday : onDay || onWeekday;
  return matches(minute, wall.minute) && matches(hour, wall.hour) && inMonth && dayFits;
}

/**
 * The next tick by going through all minutes. A fixed time (no wildcard in minute and hour) that a gap leaves out ticks when the gap ends,
 * and one that comes twice ticks the first time; patterns with wildcards tick whenever the wall's clock fits.
 */
function bruteForce(pattern: string, timeZone: string, after: number, until: number): number | undefined {
  const [minute, hour] = pattern.split(' ') as [string, string];
  const isFixed = !`${minute} ${hour}`.includes('*');
  for (let ms = Math.floor(after / MINUTE) * MINUTE + MINUTE; ms <= until; ms += MINUTE) {
    const shift = offsetOf(ms, timeZone) - offsetOf(ms - MINUTE, timeZone);
    if (isAtWall(pattern, wallOf(ms, timeZone)) && !(isFixed && isSecondPass(ms, timeZone))) return ms;
    if (!isFixed || shift <= 0) continue;
    // The minutes of the gap are those that the wall would have shown.
    for (let gap = 0; gap < shift; gap += MINUTE) {
      if (isAtWall(pattern, wallOf(ms + gap + offsetOf(ms - MINUTE, timeZone), 'UTC'))) return ms;
    }
  }
  return undefined;
}

/** The wall showed the same not long ago. */
function isSecondPass(ms: number, timeZone: string): boolean {
  for (const shift of [30 * MINUTE, HOUR, 2 * HOUR]) {
    const isBack = offsetOf(ms - shift, timeZone) - offsetOf(ms, timeZone) === shift;
    if (isBack) return true;
  }
  return false;
}

/** Days on which the zones' clocks change, and some on which they do not. */
const days = fc.constantFrom(
  ...['2026-03-08', '2026-11-01', '2026-03-29', '2026-10-25', '2026-04-05', '2026-10-04', '2026-04-04', '2026-09-06'],
  ...['2026-02-28', '2024-02-29', '2026-12-31', '2026-07-15'],
);
const field = (max: number) =>
  fc.oneof(
    fc.integer({ min: 0, max }).map(String),
    fc
      .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.constant('*'),
    fc.constantFrom(2, 5, 15).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 2, maxLength: 3 }).map((list) => list.join(',')),
  );
const patterns = fc
  .tuple(
    field(59),
    field(5),
    fc.constantFrom('*', '1-7', '29'),
    fc.constantFrom('*', '3,4,9,10,11'),
    fc.constantFrom('*', '0', '1-5'),
  )
  .map((fields) => fields.join(' '));

describe('a cron pattern in a zone', () => {
  it('ticks when the clock on the wall says so, and when it is changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        patterns,
        days,
        fc.integer({ min: -6 * 60, max: 30 * 60 }),
        (zone, pattern, day, minutes) => {
          const after = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE + 1;
          const next = cronTimes(pattern, zone, 'here').nextAfter(after);
          const until = after + 12 * HOUR;
          expect(next !== undefined && next <= until ? new Date(next).toISOString() : undefined).toBe(
            asText(bruteForce(pattern, zone, after, until)),
          );
        },
      ),
      { numRuns: Number(process.env.CRON_RUNS ?? 150) },
    );
  }, 600_000);
});

const asText = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('the latest tick', () => {
  it('is the one that going from tick to tick ends at', () => {
    fc.assert(
      fc.property(patterns, days, fc.integer({ min: 0, max: 3_000 }), (pattern, day, minutes) => {
        const times = cronTimes(pattern, 'Europe/London', 'here');
        const after = Date.parse(`${day}T00:00:00Z`);
        const upTo = after + minutes * MINUTE;
        let latest: number | undefined;
        for (let tick = times.nextAfter(after); tick !== undefined && tick <= upTo; tick = times.nextAfter(tick))
          latest = tick;
        expect(asText(latestTick(times, after, upTo))).toBe(asText(latest));
      }),
      { numRuns: 50 },
    );
  }, 600_000);
});
