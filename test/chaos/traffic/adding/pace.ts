const TICK_MS = 20;

export interface PaceParts {
  readonly perSecond: number;
  /** When the first one is due, in epoch milliseconds. */
  readonly since: number;
  readonly make: (n: number) => Promise<void>;
}

/** Does something so many times a second. Two processes that begin at one time do the n-th at one time. */
export class Pace {
  private readonly underWay = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private made = 0;

  constructor(private readonly parts: PaceParts) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Begins no more; resolves when all of it has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private tick(): void {
    const { perSecond, since, make } = this.parts;
    const due = Math.floor(((Date.now() - since) / 1_000) * perSecond);
    while (this.made < due) {
      const one = make(this.made++).finally(() => this.underWay.delete(one));
      this.underWay.add(one);
    }
  }
}
