import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

it('grows from initialMs by the factor up to maxMs', () => {
  const options = { initialMs: 100, factor: 3, maxMs: 1_000, jitter: 0 };
  expect([1, 2, 3, 4, 2_000].map((failures) => backoffMs(options, failures, 0.5))).toEqual([
    100, 300, 900, 1_000, 1_000,
  ]);
});

it('stays a number however often something fails', () => {
  for (const initialMs of [0, 100]) {
    const options = { initialMs, factor: 2, maxMs: 1_000, jitter: 0.2 };
    expect(backoffMs(options, 1e9, 0.5)).toBe(initialMs && 1_000);
  }
});

it('spreads by the jitter to both sides', () => {
  const options = { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 };
  expect(backoffMs(options, 1, 0)).toBe(800);
  expect(backoffMs(options, 1, 1)).toBe(1_200);
});
