/** How a task ended in an earlier life. */
export interface TaskDeath {
  /** When it was given up (ISO 8601), as its letter said; undefined where that did not. */
  readonly at?: string;
  /** Why, as `~dead-reason`; empty where the letter did not say. */
  readonly reason: string;
  /** What the error began with: about 200 characters. */
  readonly error: string;
  /** Runs that were started in that life. */
  readonly deliveries: number;
  /** The group that gave it up. */
  readonly group: string;
  /** The W3C trace context of the run that it died of, where that was traced. */
  readonly traceparent?: string;
}

/**
 * A life of a task in one group after its first: it was redriven from its dead letter, or is replayed. Most tasks have but one life, and no such
 * thing.
 */
export interface TaskLife {
  /** When it began, in epoch milliseconds by Redis's clock. Age counts from then on. */
  readonly at: number;
  /** How often the task has been redriven. */
  readonly redrives: number;
  /** It had ended well, and runs again because somebody asked for it; so does what is redriven after a replay failed. */
  readonly isReplay: boolean;
  /** Runs that were started in all earlier lives, as far as known. */
  readonly earlierDeliveries: number;
  /** From when on it is not run any more, in epoch milliseconds by Redis's clock: in place of what its entry says. */
  readonly deadline?: number;
  /** Its earlier deaths, the last one last: at most 5. */
  readonly history: readonly TaskDeath[];
  /** Who asked for it. */
  readonly by?: string;
  /** The bulk action that it was part of. */
  readonly operation?: string;
  /** Headers of whoever asked for it, such as a trace context; not among the task's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a copy comes from: the task that it was, in its stream. */
  readonly origin?: { readonly stream: string; readonly id: string };
}
