/**
 * The end of what one event brought about, once for all of it: a hundred handlers that finish together become one
 * settlement and one read. It comes when the event's microtasks have run, in the same phase of the event loop: a phase
 * later would add a fifth to the time of a task at concurrency 1.
 */
export class Turn {
  private requested = false;
  private readonly before: (() => void)[] = [];
  private readonly after: (() => void)[] = [];
  private waiting: (() => void)[] = [];

  /** Runs before waiters go on. */
  beforeNext(callback: () => void): void {
    this.before.push(callback);
  }

  /** Runs when waiters have gone on to where they wait again. */
  afterNext(callback: () => void): void {
    this.after.push(callback);
  }

  request(): void {
    if (this.requested) return;
    this.requested = true;
    process.nextTick(() => this.end());
  }

  /** Resolves at the end of the next turn in which something was requested. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private end(): void {
    this.requested = false;
    for (const callback of this.before) callback();
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
    // Only from a microtask does a tick wait for those that were queued before it.
    queueMicrotask(() =>
      process.nextTick(() => {
        for (const callback of this.after) callback();
      }),
    );
  }
}
