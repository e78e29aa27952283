import type { GroupPause } from '../group-pause.js';

/** A group of a stream. */
export interface GroupKey {
  readonly stream: string;
  readonly group: string;
}

export interface PauseCommand extends GroupKey {
  /** undefined leaves the one that is there. */
  readonly reason: string | undefined;
  /** undefined leaves the one that is there. */
  readonly by: string | undefined;
  /** When it ends: `+` and milliseconds from now, or epoch milliseconds, by the server's clock; undefined: when it is resumed. */
  readonly until: string | undefined;
}

/** There is no such group; `groups` are the stream's. */
export interface NoSuchGroup {
  readonly groups: readonly string[];
}

export interface PendingAtWorker {
  readonly id: string;
  readonly deliveryCount: number;
  /** Milliseconds since it was delivered, or its lease was renewed. */
  readonly idleMs: number;
}

export interface WorkerLook {
  readonly consumer: string;
  readonly pending: number;
  /** Milliseconds since it last spoke to Redis about the group; undefined where it was never given an entry. */
  readonly idleMs: number | undefined;
  /** undefined for a consumer that is not ours. */
  readonly leaseMs: number | undefined;
  /** How many tasks it runs at a time; undefined where it does not say that it is there. */
  readonly slots: number | undefined;
  /** Whether it has heard of the pause. */
  readonly hasHeard: boolean;
  /** What it has pending, the oldest first, as far as it was looked at. */
  readonly entries: readonly PendingAtWorker[];
}

export interface GroupLook {
  readonly pause: GroupPause | undefined;
  /** Pending entries that wait for a retry, or were handed back. */
  readonly retryScheduled: number;
  readonly workers: readonly WorkerLook[];
}

/** What operators ask of whole groups. Each call is answered or rejected in time, and bears to be repeated. */
export interface GroupStore {
  /** @returns 'over' where it would have ended before it began */
  pause(command: PauseCommand): Promise<GroupPause | NoSuchGroup | 'over'>;
  /** @returns the pause that ended; undefined where there was none */
  resume(key: GroupKey): Promise<GroupPause | NoSuchGroup | undefined>;
  look(key: GroupKey): Promise<GroupLook | NoSuchGroup>;
}
