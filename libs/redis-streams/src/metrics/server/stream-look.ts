import type { StreamMonitor } from '../../admin/stream-monitor.js';

/** What the server said of a group. What it did not say is undefined. */
export interface GroupLook {
  readonly group: string;
  readonly backlog: { readonly count: number; readonly isExact: boolean };
  readonly running: number;
  readonly retryScheduled: number;
  readonly dueRetries: number | undefined;
  readonly workers: number | undefined;
  readonly isPaused: boolean | undefined;
  /** For how long the task has been there, in milliseconds, that is unfinished for longest; undefined where all is finished. */
  readonly oldestAgeMs: number | undefined;
}

/** What the server said of a stream. */
export interface StreamLook {
  readonly stream: string;
  /** When, in epoch milliseconds by our clock. */
  readonly at: number;
  /** The same on performance.now's clock, which nobody sets. */
  readonly heardAt: number;
  readonly entries: number;
  readonly deadLetters: number;
  readonly delayed: number;
  readonly delayedDue: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly groups: readonly GroupLook[];
}

/** Many more are no configuration: somebody makes them. */
const MOST_GROUPS = 100;

export async function lookAt(
  stream: string,
  { monitor, memory: wantsMemory }: { monitor: StreamMonitor; memory: boolean },
): Promise<StreamLook> {
  const { entries, deadLetters, delayed, delayedDue, memory, groups } = await monitor.overview(stream, {
    memory: wantsMemory,
  });
  return {
    stream,
    at: Date.now(),
    heardAt: performance.now(),
    ...{ entries, deadLetters, delayed, delayedDue },
    memoryBytes: memory?.entries,
    groups: groups
      .slice(0, MOST_GROUPS)
      .map(
        ({ group, backlog, running, left, retryScheduled, retryDue, liveWorkers, paused, oldestUnfinishedAgeMs }) => ({
          ...{ group, backlog, retryScheduled },
          running: running + left,
          dueRetries: retryDue,
          workers: liveWorkers,
          isPaused: paused !== undefined,
          oldestAgeMs: oldestUnfinishedAgeMs,
        }),
      ),
  };
}
