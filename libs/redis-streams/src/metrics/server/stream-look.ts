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
  /** When the oldest entry that is not finished was added, in epoch milliseconds by Redis's clock. */
  readonly oldestSince: number | undefined;
}

/** What the server said of a stream. */
export interface StreamLook {
  readonly stream: string;
  /** When, in epoch milliseconds by our clock. */
  readonly at: number;
  /** How far Redis's clock is ahead of ours, in milliseconds. */
  readonly clockAheadMs: number;
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
  const { at, entries, deadLetters, delayed, delayedDue, memory, groups } = await monitor.overview(stream, {
    memory: wantsMemory,
  });
  return {
    stream,
    at: Date.now(),
    clockAheadMs: at.getTime() - Date.now(),
    ...{ entries, deadLetters, delayed, delayedDue },
    memoryBytes: memory?.entries,
    groups: groups
      .slice(0, MOST_GROUPS)
      .map(({ group, backlog, running, left, retryScheduled, retryDue, liveWorkers, paused, oldestUnfinishedId }) => ({
        ...{ group, backlog, retryScheduled },
        running: running + left,
        dueRetries: retryDue,
        workers: liveWorkers,
        isPaused: paused !== undefined,
        oldestSince: oldestUnfinishedId === undefined ? undefined : Number.parseInt(oldestUnfinishedId, 10),
      })),
  };
}
