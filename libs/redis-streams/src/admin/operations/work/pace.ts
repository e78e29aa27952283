/** Parts of so many a second are many enough not to be felt as bursts. */
const PARTS_A_SECOND = 5;
/** One script's share: some milliseconds. */
const MOST_AT_ONCE = 500;

/** Keeps an operation to its rate. */
export class Pace {
  private nextAt = 0;

  /** @param rate how many a second; Infinity for as fast as it goes */
  constructor(private readonly rate: number) {}

  /** How many one part may act on. */
  get most(): number {
    return Math.min(MOST_AT_ONCE, Math.max(1, Math.ceil(this.rate / PARTS_A_SECOND)));
  }

  /** How long to wait after so many were acted on, in milliseconds. What was missed is not made up for. */
  waitAfter(count: number, now = performance.now()): number {
    this.nextAt = Math.max(this.nextAt, now) + (count / this.rate) * 1_000;
    return Math.max(0, this.nextAt - now);
  }
}
