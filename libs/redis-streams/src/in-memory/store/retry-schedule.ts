/** A retry and when it is due, in epoch milliseconds of the server's clock. */
export interface ScheduledRetry {
  readonly id: string;
  readonly dueAt: number;
}

/** The entries of a group that wait for their retry. Like Redis's sorted set it stays when the group is lost. */
export class RetrySchedule {
  private readonly dueTimes = new Map<string, number>();

  get size(): number {
    return this.dueTimes.size;
  }

  dueAt(id: string): number | undefined {
    return this.dueTimes.get(id);
  }

  set(id: string, dueAt: number): void {
    this.dueTimes.set(id, dueAt);
  }

  delete(id: string): void {
    this.dueTimes.delete(id);
  }

  /** The earliest first. */
  all(): ScheduledRetry[] {
    const retries = Array.from(this.dueTimes, ([id, dueAt]) => ({ id, dueAt }));
    return retries.toSorted((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
  }
}
