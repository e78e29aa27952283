/** Seconds. AI tasks run for minutes, and wait for longer. */
export const LONG_BUCKETS: readonly number[] = [
  0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600,
];

/** Seconds. An add is answered by Redis, or not at all. */
export const SHORT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Counts durations in buckets: a few additions each, as it is done for every task. */
export class Histogram {
  /** Of each bucket, what is in no smaller one; beyond the last bound at the end. */
  readonly counts: Float64Array;
  private sumMs = 0;
  private readonly boundsMs: Float64Array;
  /** What follows is nearly always in the same bucket. */
  private place = 0;

  /** @param bounds upper ones, ascending, in seconds */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
    this.boundsMs = Float64Array.from([...bounds, Infinity], (bound) => bound * 1_000);
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** In seconds. */
  get sum(): number {
    return this.sumMs / 1_000;
  }

  observe(ms: number): void {
    const { boundsMs } = this;
    let { place } = this;
    while (place > 0 && ms <= boundsMs[place - 1]!) place--;
    while (ms > boundsMs[place]!) place++;
    this.place = place;
    this.counts[place]!++;
    this.sumMs += ms;
  }

  reset(): void {
    this.counts.fill(0);
    this.sumMs = 0;
  }
}
