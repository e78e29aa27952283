import type { GroupPause, PauseChange } from '../../groups/group-pause.js';

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

export interface RemoveGroupCommand extends GroupKey {
  /** A consumer that does not say that it is there, and was silent for so long, counts as gone. In milliseconds. */
  readonly silenceMs: number;
  /** false: only tell what it would do. */
  readonly isMeant: boolean;
  /** Though entries are unfinished, or somebody was heard of lately; never while a worker is there, which would bring the group back. */
  readonly isForced: boolean;
  /** Where the group had got to is not remembered. */
  readonly forgets: boolean;
}

export interface RemoveGroupReply {
  readonly isRemoved: boolean;
  readonly pending: number;
  readonly hasBacklog: boolean;
  /** Workers that say that they are there. */
  readonly there: readonly string[];
  /** Other consumers that were heard of lately. */
  readonly lately: readonly string[];
}

export interface RemoveConsumerCommand extends Omit<RemoveGroupCommand, 'forgets'> {
  readonly consumer: string;
}

export interface RemoveConsumerReply {
  /** Those of the group, this one included, where it is there. */
  readonly consumers: readonly string[];
  readonly isRemoved: boolean;
  /** What it had pending before. */
  readonly pending: number;
  /** How many of those go to others by this call. */
  readonly handedOver: number;
  /** undefined where the group has no such consumer. */
  readonly found: { readonly idleMs: number | undefined; readonly isAlive: boolean } | undefined;
}

/** What operators ask of whole groups. Each call is answered or rejected in time, and bears to be repeated. */
export interface GroupStore {
  /** @returns 'over' where it would have ended before it began */
  pause(command: PauseCommand): Promise<PauseChange | NoSuchGroup | 'over'>;
  /** @returns the pause that ended; undefined where there was none */
  resume(key: GroupKey): Promise<GroupPause | NoSuchGroup | undefined>;
  look(key: GroupKey): Promise<GroupLook | NoSuchGroup>;
  /** Removes a group with all that is kept of it, where nothing speaks against it. */
  remove(command: RemoveGroupCommand): Promise<RemoveGroupReply | NoSuchGroup>;
  /** Removes a consumer once all that it has pending is others'; what is left of very much is for the next call. */
  removeConsumer(command: RemoveConsumerCommand): Promise<RemoveConsumerReply | NoSuchGroup>;
}
