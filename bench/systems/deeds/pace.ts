/** Beats one after the other in equal steps, so that what keeps time with them is spread evenly. */
const PHASES = 20;

/**
 * Makes the tokens of hundreds of models, each at its rate, by one timer: hundreds of timers would cost more than what is measured. A token
 * that is late does not delay the next one.
 */
export class Pace {
  private readonly beats: number[] = Array.from({ length: PHASES }, () => 0);
  private waiting: (() => void)[][] = Array.from({ length: PHASES }, () => []);
  private steps = 0;
  private callers = 0;

  constructor(perSecond: number) {
    const stepMs = 1_000 / perSecond / PHASES;
    const startedAt = performance.now();
    setInterval(() => {
      const due = Math.floor((performance.now() - startedAt) / stepMs);
      while (this.steps < due) this.step();
    }, 1);
  }

  /** @returns a function for one caller, which resolves at each of its beats in turn, at once for those that are over */
  join(): () => Promise<void> | undefined {
    const phase = this.callers++ % PHASES;
    let at = this.beats[phase]!;
    return () => {
      at++;
      if (at <= this.beats[phase]!) return undefined;
      return new Promise((resolve) => this.waiting[phase]!.push(resolve));
    };
  }

  private step(): void {
    const phase = this.steps++ % PHASES;
    this.beats[phase]!++;
    const waiting = this.waiting[phase]!;
    this.waiting[phase] = [];
    for (const goOn of waiting) goOn();
  }
}
