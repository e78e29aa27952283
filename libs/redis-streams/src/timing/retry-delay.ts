const FIRST_MS = 50;

/** The wait between attempts at something that must succeed in the end: doubling, with jitter, up to a longest. */
export class RetryDelay {
  private attempts = 0;

  constructor(readonly longestMs = 2_000) {}

  reset(): void {
    this.attempts = 0;
  }

  /** @param signal ends the wait early */
  wait(signal?: AbortSignal): Promise<void> {
    const delay = Math.min(this.longestMs, FIRST_MS * 2 ** Math.min(this.attempts++, 16));
    return sleep(delay * (0.5 + Math.random() / 2), signal);
  }

  waitLongest(signal?: AbortSignal): Promise<void> {
    return sleep(this.longestMs, signal);
  }
}

/** Resolves in time or when aborted; never keeps a process alive. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms).unref();
    signal?.addEventListener('abort', end);
  });
}
