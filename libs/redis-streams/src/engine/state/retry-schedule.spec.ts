import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { DueClock } from '../../timing/due-clock.js';
import { RetrySchedule } from './retry-schedule.js';

useFakeTime();

/** A schedule of which Redis has said that nothing is due. */
function quietSchedule() {
  const clock = new DueClock();
  const retries = new RetrySchedule(clock);
  retries.nextIn(Infinity);
  return { clock, retries };
}

const NEVER_SET_BACK = -Infinity;

it('is due at first: nobody knows yet what Redis has', () => {
  expect(new RetrySchedule(new DueClock()).isDue).toBe(true);
});

it('is due when Redis says so, and at once for what was due before', async () => {
  const { clock, retries } = quietSchedule();
  expect([retries.isDue, clock.inMs]).toEqual([false, Infinity]);
  retries.nextIn(3_000);
  expect([retries.isDue, clock.inMs]).toEqual([false, 3_000]);
  await pass(3_000);
  expect(retries.isDue).toBe(true);
  retries.nextIn(Infinity);
  retries.nextIn(-500);
  expect([retries.isDue, clock.inMs]).toEqual([true, 0]);
});

it('is due for the earliest retry that this process scheduled, unless something is due before', () => {
  const { clock, retries } = quietSchedule();
  retries.add('1-0', 2_000);
  retries.add('2-0', 5_000);
  expect(clock.inMs).toBe(2_000);
  retries.add('3-0', 500);
  expect(clock.inMs).toBe(500);
});

it('is due at once when something may be due that was left to others', () => {
  const { retries } = quietSchedule();
  retries.lookSoon();
  expect(retries.isDue).toBe(true);
});

it('gives out own retries that are due though the clock of the server was set back since, once and not too many', async () => {
  const { retries } = quietSchedule();
  for (const id of ['1-0', '2-0', '3-0']) retries.add(id, 1_000);
  await pass(999);
  const setBackAt = performance.now();
  expect(retries.takeLate(setBackAt, 10)).toEqual([]);
  await pass(1);
  expect(retries.takeLate(setBackAt, 2)).toEqual(['1-0', '2-0']);
  expect(retries.takeLate(setBackAt, 2)).toEqual(['3-0']);
  expect(retries.takeLate(setBackAt, 2)).toEqual([]);
});

it('leaves to the clock of the server what was scheduled after that was set back, or while it never was', async () => {
  const { retries } = quietSchedule();
  const setBackAt = performance.now();
  await pass(1);
  retries.add('1-0', 1_000);
  await pass(2_000);
  expect(retries.takeLate(setBackAt, 10)).toEqual([]);
  expect(retries.takeLate(NEVER_SET_BACK, 10)).toEqual([]);
});

it('remembers a thousand, and of more those that are not due yet', async () => {
  const { retries } = quietSchedule();
  for (let n = 0; n < 600; n++) retries.add(`1-${n}`, 1_000);
  for (let n = 0; n < 600; n++) retries.add(`2-${n}`, 5_000);
  await pass(1_000);
  retries.add('3-0', 0);
  await pass(4_000);
  const late = retries.takeLate(performance.now(), Infinity);
  expect(late).toHaveLength(401);
  expect(late.filter((id) => id.startsWith('1-'))).toEqual([]);
});

it('an answer that was asked for before there was a reason to look does not put the look off', async () => {
  const { retries } = quietSchedule();
  const answered = retries.ask();
  retries.lookSoon();
  answered(60_000);
  expect(retries.isDue).toBe(true);
  retries.ask()(60_000);
  expect(retries.isDue).toBe(false);
});
