/**
 * The end of an event-loop turn, once for all that happened in it: a hundred handlers that finish together become one
 * settlement and one read.
 */
export class Turn {
  private requested = false;
  private readonly callbacks: (() => void)[] = [];
  private waiting: (() => void)[] = [];

  /** Callbacks run in the order of their registration, before waiters go on. */
  onEnd(callback: () => void): void {
    this.callbacks.push(callback);
  }

  request(): void {
    if (this.requested) return;
    this.requested = true;
    setImmediate(() => {
      this.requested = false;
      for (const callback of this.callbacks) callback();
      const { waiting } = this;
      this.waiting = [];
      for (const resume of waiting) resume();
    });
  }

  /** Resolves at the end of the next turn in which something was requested. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
