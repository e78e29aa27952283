/**
 * The clock of the server: it goes on with `performance.now()`, whatever happens to the clock of the process (Date), and a test
 * may step it or stop it. Idle times, due times and new entry ids go by it.
 */
export class ServerClock {
  private offsetMs = Date.now() - performance.now();
  private stoppedAt: number | undefined;

  /** Epoch milliseconds, whole. */
  get now(): number {
    return Math.floor(this.exactNow);
  }

  /** Sets it forward by so many milliseconds, or back. */
  step(ms: number): void {
    if (this.stoppedAt === undefined) this.offsetMs += ms;
    else this.stoppedAt += ms;
  }

  /** Stops it where it is. */
  stop(): void {
    this.stoppedAt ??= this.exactNow;
  }

  /** Lets it go on from where it was stopped. */
  goOn(): void {
    if (this.stoppedAt === undefined) return;
    this.offsetMs = this.stoppedAt - performance.now();
    this.stoppedAt = undefined;
  }

  private get exactNow(): number {
    return this.stoppedAt ?? performance.now() + this.offsetMs;
  }
}
