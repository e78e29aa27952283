const MOST_KEPT = 1_000;

interface OwnRetry {
  readonly scheduledAt: number;
  readonly dueAt: number;
}

/**
 * When the retries that this process scheduled are due by its own clock. Redis goes by the server's, which may be set back:
 * then all that was scheduled before would be late by as much. Of very many the server's clock alone decides.
 */
export class OwnRetries {
  private readonly retries = new Map<string, OwnRetry>();

  add(entryId: string, delayMs: number): void {
    const now = performance.now();
    if (this.retries.size >= MOST_KEPT) this.takeOut(({ dueAt }) => dueAt <= now, MOST_KEPT);
    if (this.retries.size < MOST_KEPT) this.retries.set(entryId, { scheduledAt: now, dueAt: now + delayMs });
  }

  /** Takes out up to `limit` that are due now and were scheduled before the server's clock was set back, at the given time. */
  takeLate(setBackAt: number, limit: number): string[] {
    const now = performance.now();
    return this.takeOut(({ scheduledAt, dueAt }) => scheduledAt < setBackAt && dueAt <= now, limit);
  }

  private takeOut(matches: (retry: OwnRetry) => boolean, limit: number): string[] {
    const ids: string[] = [];
    for (const [id, retry] of this.retries) {
      if (ids.length >= limit) break;
      if (matches(retry)) ids.push(id);
    }
    for (const id of ids) this.retries.delete(id);
    return ids;
  }
}
