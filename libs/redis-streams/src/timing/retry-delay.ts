import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 50;

/** The wait between attempts at something that must succeed in the end: doubling, with jitter, up to a longest. */
export class RetryDelay {
  attempts = 0;

  constructor(readonly longestMs = 2_000) {}

  reset(): void {
    this.attempts = 0;
  }

  /** @param signal ends the wait early */
  async wait(signal?: AbortSignal): Promise<void> {
    const delay = Math.min(this.longestMs, FIRST_MS * 2 ** Math.min(this.attempts++, 16));
    await this.sleep(delay * (0.5 + Math.random() / 2), signal);
  }

  waitLongest(signal?: AbortSignal): Promise<void> {
    return this.sleep(this.longestMs, signal);
  }

  private sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
