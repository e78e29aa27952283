import { expect, it } from 'vitest';
import { Histogram } from './histogram.js';

it('counts each duration in the smallest bucket that it fits, in whatever order they come', () => {
  const histogram = new Histogram([0.005, 0.1, 1]);
  for (const ms of [50, 2_000, 5, 1_000, 0, 100, 5.001, Infinity, 1_000.5]) histogram.observe(ms);
  expect([...histogram.counts]).toEqual([2, 3, 1, 3]);
  expect(histogram.count).toBe(9);
});

it('sums in seconds, and begins anew', () => {
  const histogram = new Histogram([1]);
  histogram.observe(1_500);
  histogram.observe(250);
  expect(histogram.sum).toBe(1.75);
  histogram.reset();
  expect([histogram.sum, histogram.count]).toEqual([0, 0]);
});
