/**
 * When something is due next, whoever waits for it: each cause registers a time of its own, and the one who acts on them waits
 * for the earliest. All times are on performance.now's clock.
 */
export class DueClock {
  private readonly times: DueTime[] = [];
  private onEarlier: () => void = () => undefined;

  /** A time of its own, which is now at first. */
  register(): DueTime {
    const time = new DueTime(() => this.onEarlier());
    this.times.push(time);
    return time;
  }

  /** Milliseconds until the earliest; 0 or less when something is due now. */
  get inMs(): number {
    let earliest = Infinity;
    for (const { at } of this.times) if (at < earliest) earliest = at;
    return earliest - performance.now();
  }

  /** Told when a time was moved to an earlier one: whoever waits already may have to wait for less. One listener, the one who waits. */
  whenEarlier(listener: () => void): void {
    this.onEarlier = listener;
  }
}

/** When one cause is due next. */
export class DueTime {
  at = 0;

  constructor(private readonly onEarlier: () => void) {}

  get isDue(): boolean {
    return this.at <= performance.now();
  }

  /** Whatever it was before. Infinity: never. */
  set(inMs: number): void {
    this.at = performance.now() + inMs;
  }

  /** It may be due in so many milliseconds already. */
  noLaterThan(inMs: number): void {
    const at = performance.now() + inMs;
    if (at >= this.at) return;
    this.at = at;
    this.onEarlier();
  }
}
