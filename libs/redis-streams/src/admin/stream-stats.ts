import type { GroupPause } from '../model/groups/group-pause.js';

/** What `StreamMonitor.stats` tells of a stream. */
export interface StreamStats {
  readonly stream: string;
  /** Entries in the stream, completed ones that are kept as history included. */
  readonly entries: number;
  readonly lastEntryId: string | undefined;
  /** Tasks that wait for their time outside the stream, in no group yet: `StreamTasks.delayed` tells them. */
  readonly delayed: number;
  /** When the next of them is due, by Redis's clock; undefined where there is none. */
  readonly nextDueAt: Date | undefined;
  /** Entries in `{stream}:dead`: `StreamMonitor.deadLetters` reads them. */
  readonly deadLetters: number;
  /**
   * The group whose oldest unfinished entry keeps the most from being trimmed, and since which entry; undefined when all
   * groups have finished all. An abandoned group shows here: `StreamGroups.remove` removes it. `ageMs` is the entry's, since it was added.
   */
  readonly heldBy: { readonly group: string; readonly sinceEntryId: string; readonly ageMs: number } | undefined;
  readonly groups: readonly GroupStats[];
}

export interface GroupStats {
  readonly group: string;
  /** Why nothing is started there; undefined where it is not paused. */
  readonly paused: GroupPause | undefined;
  /** Entries not delivered to any worker yet. Not exact: there are at least so many. */
  readonly backlog: { readonly count: number; readonly isExact: boolean };
  /** Delivered and not settled: running, waiting for a retry, or left behind by a dead worker. */
  readonly pending: number;
  /** Of the pending ones, those that wait for their retry. */
  readonly retryScheduled: number;
  /** @deprecated The same as `retryScheduled`. */
  readonly parked: number;
  /** The oldest entry that the group has not finished, delivered or not; all since then stays in memory. */
  readonly oldestUnfinishedId: string | undefined;
  /**
   * For how long, in milliseconds, the pending task has been there that has been there for longest: since it was added, or, where it was redriven or
   * is replayed, since then.
   */
  readonly oldestPendingAgeMs: number | undefined;
  /** Workers that have been given an entry; one that has not yet is not among them. */
  readonly consumers: readonly ConsumerStats[];
}

export interface ConsumerStats {
  readonly consumer: string;
  readonly pending: number;
  /** Milliseconds since it last spoke to Redis about the group. */
  readonly idleMs: number;
}
