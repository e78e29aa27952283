import type { ConsumerStats, GroupStats, StreamStats } from '../stream-stats.js';

/**
 * What a group is doing, or why it does nothing:
 *
 * - `running`: workers are at work on its tasks, and a slot is free or nothing more waits
 * - `slots-busy`: all slots of all live workers are taken, be it by stuck runs, and more waits
 * - `nothing-to-do`: all is finished
 * - `retry-later`: all that is unfinished waits for its retry
 * - `taking-over`: all that is unfinished was left by workers that died, and is taken over when their leases end
 * - `not-read`: tasks wait for more than five seconds though live workers have free slots
 * - `no-live-worker`: there is something to do, and nobody to do it
 * - `paused`: by an operator
 * - `writes-refused`: Redis refuses to write, so that nothing can be started or settled: its memory is full, it is a replica, …
 */
export type GroupActivity =
  | 'running'
  | 'slots-busy'
  | 'nothing-to-do'
  | 'retry-later'
  | 'taking-over'
  | 'not-read'
  | 'no-live-worker'
  | 'paused'
  | 'writes-refused';

/** What `StreamMonitor.overview` tells of a stream: all of it was so at one moment. What is not known is undefined, never 0. */
export interface StreamOverview extends Omit<StreamStats, 'groups'> {
  /** When it was so, by Redis's clock. */
  readonly at: Date;
  /**
   * Entries added per second. Between this call of the monitor and one that was at least ten seconds ago, or the first; where it is the
   * first, or the server counts no adds (before 7.0), within the last ten seconds by the entries' ids, or as long as the last
   * thousand took.
   */
  readonly addedPerSecond: number | undefined;
  /** Of the delayed tasks, those whose time has come. */
  readonly delayedDue: number | undefined;
  /** Why Redis refuses to write; undefined where it does not, and where this user may not write. */
  readonly writesRefused: string | undefined;
  /** In bytes, where it was asked for and the server tells: the entries, dead letters, and delayed tasks. */
  readonly memory: { readonly entries: number; readonly deadLetters: number; readonly delayed: number } | undefined;
  readonly groups: readonly GroupOverview[];
}

export interface GroupOverview extends Omit<GroupStats, 'parked' | 'consumers'> {
  readonly state: GroupActivity;
  /** What is going on, or why nothing is, in a sentence for people. */
  readonly why: string;
  /** Tasks that live workers hold: they run, or are being settled. */
  readonly running: number;
  /** How many may run at a time, in all live workers together; undefined where one of them does not say, as earlier versions. */
  readonly slots: number | undefined;
  /**
   * Of these, how many are held by stuck runs: handlers that go on though their time was over, or another worker has their task. They settle nothing, and nothing
   * else runs there until they end.
   */
  readonly stuck: number;
  /** Tasks that dead workers hold: live ones take them over when their leases end. */
  readonly left: number;
  readonly liveWorkers: number;
  /** Of `retryScheduled`, those whose time has come. */
  readonly retryDue: number | undefined;
  readonly nextRetryAt: Date | undefined;
  /** For how long the oldest entry that was not delivered yet has been waiting; undefined where there is none. */
  readonly oldestWaitingAgeMs: number | undefined;
  /**
   * For how long the unfinished task has been there that has been there for longest: since it was added, or, where it was redriven or is replayed, since
   * then. undefined where there is none.
   */
  readonly oldestUnfinishedAgeMs: number | undefined;
  /**
   * Entries finished per second, whatever their end, since a call of this monitor that was at least ten seconds ago, or the first: as
   * the group's workers report it, up to a second late; for a group without workers of ours as Redis counts it (7.0 and later).
   * undefined in the first call.
   */
  readonly finishedPerSecond: number | undefined;
  readonly consumers: readonly ConsumerOverview[];
}

export interface ConsumerOverview extends ConsumerStats {
  /** undefined for a consumer that is not ours. */
  readonly host: string | undefined;
  readonly pid: number | undefined;
  /** How many tasks it may run at a time; undefined where it does not say. */
  readonly slots: number | undefined;
  /** Of these, how many are held by stuck runs, as it said last. */
  readonly stuck: number;
  /**
   * Whether it has been heard of lately: it holds nothing for longer than its lease without renewing it, and has said that it is there
   * within 30 seconds. One of an earlier version that holds nothing, or is not ours, within 65 seconds.
   */
  readonly isAlive: boolean;
  /** Whether it has heard that the group is paused: from then on it starts nothing. false where the group is not paused. */
  readonly hasHeard: boolean;
}
