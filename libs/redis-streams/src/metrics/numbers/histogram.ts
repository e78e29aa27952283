/** Seconds. AI tasks run for minutes, and wait for longer. */
export const LONG_BUCKETS: readonly number[] = [
  0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600,
];

/** Seconds. An add is answered by Redis, or not at all. */
export const SHORT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Counts values in buckets: a few additions each, as it is done for every task. */
export class Histogram {
  /** Of each bucket, what is in no smaller one; beyond the last bound at the end. */
  readonly counts: Float64Array;
  sum = 0;

  /** @param bounds upper ones, ascending */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let place = 0;
    while (place < bounds.length && value > bounds[place]!) place++;
    this.counts[place]!++;
    this.sum += value;
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
  }
}
