import type { GroupPause } from './group-pause.js';

/** A task that somebody is at work on, as far as Redis knows. */
export interface RunningEntry {
  readonly entryId: string;
  readonly consumer: string;
  /** Runs started on it, this one included. */
  readonly deliveryCount: number;
  /** Milliseconds since its worker renewed its lease, or began. */
  readonly renewedMsAgo: number;
}

/** Somebody who reads for the group, or did so and has not been removed. */
export interface GroupWorker {
  readonly consumer: string;
  /** What it has been given and has not settled. */
  readonly pending: number;
  /** Milliseconds since it last took, renewed or looked for entries, as Redis counts it; undefined where it was never given one. */
  readonly idleMs: number | undefined;
  /** How many tasks it runs at a time; undefined where it has not said for half a minute that it is there. */
  readonly slots: number | undefined;
  /** Whether it has heard that the group is paused: from then on it starts nothing. Workers of a version that knows no pauses never do. */
  readonly hasHeard: boolean;
}

/** What is so in a group at one moment, as `StreamGroups` tells it. */
export interface GroupState {
  readonly stream: string;
  readonly group: string;
  /** undefined where it is not paused. */
  readonly pause: GroupPause | undefined;
  /** What runs, as far as Redis knows: delivered, with a lease that has not ended. At most 1,000 of each worker. */
  readonly running: readonly RunningEntry[];
  /** Pending entries whose lease has ended: their worker is dead, and another takes them over, once the group is not paused. */
  readonly leftBehind: number;
  /** Pending entries that wait for a retry, or were handed back. */
  readonly retryScheduled: number;
  readonly workers: readonly GroupWorker[];
}
