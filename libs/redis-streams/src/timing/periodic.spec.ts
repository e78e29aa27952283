import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Periodic } from './periodic.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('does it again and again, first after one interval, until it is stopped', () => {
  const task = vi.fn();
  const periodic = new Periodic(() => 100, task);
  vi.advanceTimersByTime(1_000);
  expect(task).not.toHaveBeenCalled();
  periodic.start();
  vi.advanceTimersByTime(99);
  expect(task).not.toHaveBeenCalled();
  vi.advanceTimersByTime(201);
  expect(task).toHaveBeenCalledTimes(3);
  periodic.stop();
  vi.advanceTimersByTime(1_000);
  expect(task).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});

it('asks for the interval before each wait', () => {
  let everyMs = 100;
  const task = vi.fn();
  new Periodic(() => everyMs, task).start();
  everyMs = 1_000;
  vi.advanceTimersByTime(100);
  everyMs = 10;
  vi.advanceTimersByTime(999);
  expect(task).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1 + 10);
  expect(task).toHaveBeenCalledTimes(3);
});

it('stops for good from within its task', () => {
  const task = vi.fn(() => periodic.stop());
  const periodic = new Periodic(() => 100, task);
  periodic.start();
  vi.advanceTimersByTime(1_000);
  expect(task).toHaveBeenCalledOnce();
});

it('does not become a thousand times a second where the interval is longer than a timer can be', () => {
  const task = vi.fn();
  new Periodic(() => Infinity, task).start();
  vi.advanceTimersByTime(60_000);
  expect(task).not.toHaveBeenCalled();
});

it('keeps no process alive', () => {
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  new Periodic(() => 100, vi.fn()).start();
  expect((setTimer.mock.results[0]!.value as NodeJS.Timeout).hasRef()).toBe(false);
});
