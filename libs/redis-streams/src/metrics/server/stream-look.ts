import type { StreamMonitor } from '../../admin/stream-monitor.js';
import type { Queries } from '../../model/ports/queries.js';

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
  { monitor, queries, memory }: { monitor: StreamMonitor; queries: Queries; memory: boolean },
): Promise<StreamLook> {
  const { entries, deadLetters, delayed, groups: all } = await monitor.stats(stream);
  const groups = all.slice(0, MOST_GROUPS);
  // One more question where there is no group: delayed tasks are the stream's.
  const names = groups.length > 0 ? groups.map(({ group }) => group) : [''];
  const dues = await Promise.all(names.map((group) => queries.due(stream, group)));
  const [first] = dues;
  return {
    stream,
    at: Date.now(),
    clockAheadMs: first!.serverNow - Date.now(),
    ...{ entries, deadLetters, delayed },
    delayedDue: first!.delayed,
    memoryBytes: memory ? await queries.memory(stream) : undefined,
    groups: groups.map(({ group, backlog, pending, retryScheduled, oldestUnfinishedId }, n) => ({
      ...{ group, backlog, retryScheduled },
      running: Math.max(0, pending - retryScheduled),
      dueRetries: dues[n]!.retries,
      workers: dues[n]!.workers,
      isPaused: dues[n]!.isPaused,
      oldestSince: oldestUnfinishedId === undefined ? undefined : Number.parseInt(oldestUnfinishedId, 10),
    })),
  };
}
