import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from './with-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what settles in time did, and leaves no timer', async () => {
  const wait = new Promise((resolve) => setTimeout(resolve, 99));
  const inTime = withTimeout(100, wait);
  await vi.advanceTimersByTimeAsync(99);
  expect(await inTime).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it('what takes longer did not', async () => {
  const inTime = withTimeout(100, new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(100);
  expect(await inTime).toBe(false);
});

it('what is there already is in time, even where there is none left', async () => {
  expect(await withTimeout(-1, Promise.resolve())).toBe(true);
});

it('rejects as the promise does, and leaves no timer', async () => {
  await expect(withTimeout(100, Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});
