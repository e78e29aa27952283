import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeadlineQueue } from './deadline-queue.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('calls back for each item that is still there after the delay, with one timer', () => {
  const due: string[] = [];
  const queue = new DeadlineQueue<string>(100, (item) => due.push(item));
  queue.add('a');
  vi.advanceTimersByTime(40);
  queue.add('b');
  queue.add('c').cancel();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(60);
  expect(due).toEqual(['a']);
  vi.advanceTimersByTime(39);
  expect(due).toEqual(['a']);
  vi.advanceTimersByTime(2);
  expect(due).toEqual(['a', 'b']);
  expect(vi.getTimerCount()).toBe(0);
});

it('loses none of many, however many of the others were cancelled', () => {
  const due: number[] = [];
  const queue = new DeadlineQueue<number>(100, (item) => due.push(item));
  const kept: number[] = [];
  for (let n = 0; n < 10_000; n++) {
    const deadline = queue.add(n);
    if (n % 7 === 0) kept.push(n);
    else deadline.cancel();
  }
  vi.advanceTimersByTime(101);
  expect(due).toEqual(kept);
});

it('takes items and cancellations while it calls back', () => {
  const due: string[] = [];
  const queue = new DeadlineQueue<string>(100, (item) => {
    due.push(item);
    if (item === 'a') {
      second.cancel();
      queue.add('c');
    }
  });
  const first = queue.add('a');
  const second = queue.add('b');
  vi.advanceTimersByTime(101);
  first.cancel();
  expect(due).toEqual(['a']);
  vi.advanceTimersByTime(100);
  expect(due).toEqual(['a', 'c']);
  expect(vi.getTimerCount()).toBe(0);
});

it('forgets all when cleared', () => {
  const queue = new DeadlineQueue<string>(100, () => expect.unreachable());
  queue.add('a');
  queue.clear();
  vi.advanceTimersByTime(1_000);
});

it('keeps delays that are longer than a timer can be', () => {
  const due: string[] = [];
  const queue = new DeadlineQueue<string>(2 ** 31 + 5_000, (item) => due.push(item));
  queue.add('a');
  vi.advanceTimersByTime(2 ** 31);
  expect(due).toEqual([]);
  vi.advanceTimersByTime(5_001);
  expect(due).toEqual(['a']);
});
