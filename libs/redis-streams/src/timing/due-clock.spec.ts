import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DueClock } from './due-clock.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('tells the time until the earliest of all causes, whichever that is', () => {
  const clock = new DueClock();
  expect(clock.inMs).toBe(Infinity);
  const [a, b] = [clock.register(), clock.register()];
  expect(clock.inMs).toBeLessThanOrEqual(0);
  a.set(300);
  b.set(200);
  expect(clock.inMs).toBe(200);
  b.set(Infinity);
  expect(clock.inMs).toBe(300);
});

it('each cause is due by itself, and stays so until it is set again', () => {
  const clock = new DueClock();
  const [a, b] = [clock.register(), clock.register()];
  a.set(100);
  b.set(200);
  vi.advanceTimersByTime(99);
  expect([a.isDue, b.isDue]).toEqual([false, false]);
  vi.advanceTimersByTime(1);
  expect([a.isDue, b.isDue]).toEqual([true, false]);
  vi.advanceTimersByTime(100);
  expect([a.isDue, b.isDue]).toEqual([true, true]);
  expect(clock.inMs).toBe(-100);
  a.set(100);
  expect(a.isDue).toBe(false);
});

it('who waits is told when a time was moved to an earlier one, and of no other change', () => {
  const clock = new DueClock();
  const time = clock.register();
  const told = vi.fn();
  clock.whenEarlier(told);
  time.set(1_000);
  time.noLaterThan(2_000);
  time.noLaterThan(1_000);
  expect(told).not.toHaveBeenCalled();
  expect(clock.inMs).toBe(1_000);
  time.noLaterThan(500);
  expect(told).toHaveBeenCalledOnce();
  expect(clock.inMs).toBe(500);
});
