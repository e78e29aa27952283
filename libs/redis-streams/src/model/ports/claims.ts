import type { OwnedEntry } from '../entry.js';
import type { GroupPause } from '../groups/group-pause.js';
import type { TaskLife } from '../tasks/task-life.js';
import type { Owed } from './settlement.js';

export interface ClaimedEntry extends OwnedEntry {
  /** Whose it was; this consumer itself for an entry whose delivery never arrived. undefined for a due retry. */
  readonly from: string | undefined;
  /** Somebody has asked to cancel it, for this reason, which may be empty: it is not to be run. */
  readonly cancelReason?: string | undefined;
  /** It is done, and owes this: it is not to be run, whatever somebody has asked for since. */
  readonly owed?: Owed | undefined;
}

export interface ClaimReply {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** Server time when the next scheduled retry is due. */
  readonly nextDueAt: number | undefined;
  /** Server time when the next delayed task of the stream is due. */
  readonly nextDelayedAt: number | undefined;
  readonly claimed: readonly ClaimedEntry[];
  /** Ids that were deleted from the stream before they were handled. */
  readonly deleted: readonly string[];
  /** Those claimed that somebody has asked to cancel, by id, with the reason, which may be empty: they are not to be run. */
  readonly cancels: ReadonlyMap<string, string>;
  /** Those claimed that are done, by id, with what they owe; undefined where there is none, as nearly always. */
  readonly owed?: ReadonlyMap<string, Owed> | undefined;
  /** Why nothing is claimed; undefined where the group is not paused. */
  readonly pause?: GroupPause | undefined;
  /** Those claimed that live again, by id; undefined where there is none, as nearly always. */
  readonly lives?: ReadonlyMap<string, TaskLife> | undefined;
}

export interface ClaimDueCommand {
  /** How many at most. */
  readonly limit: number;
  /** Ids that are not to be taken: a run of theirs goes on here. */
  readonly notThese: readonly string[];
  /** Ids that are due whatever the server's clock says. */
  readonly late: readonly string[];
}

/** Leases between the two, exclusive, in milliseconds. */
export interface LeaseRange {
  readonly longerThanMs: number;
  readonly shorterThanMs: number;
}

export interface SweepCommand {
  /** How many at most. */
  readonly limit: number;
  /** Server time that the sweep is expected to run at; undefined judges nobody. */
  readonly expectedServerNow: number | undefined;
  /** Consumers with such leases cannot be judged now: after a disturbance their entries may only look abandoned. */
  readonly unstable: readonly LeaseRange[];
  /** Idle time after which an entry of a consumer that is not ours is taken, in milliseconds. */
  readonly foreignAfterMs: number;
  /** The lease by which such a consumer counts as unstable or not. */
  readonly foreignLeaseMs: number;
  readonly from: SweepPosition;
  /** How many entries of other consumers to claim at most. */
  readonly takeOver: number;
  /** Whether to look at the leases of consumers that hold nothing, too. */
  readonly looksAround: boolean;
  /** How many slots this worker says that it has. */
  readonly slots: number;
  /** How many of them stuck runs hold. */
  readonly stuck: number;
  /** Ids that run here. */
  readonly running: readonly string[];
}

/** Where a sweep that did not get to the end goes on; two empty texts are the beginning. */
export interface SweepPosition {
  readonly consumer: string;
  readonly id: string;
}

export interface SweepReply extends ClaimReply {
  readonly next: SweepPosition;
  /** The shortest lease among the other consumers that hold entries, or among all others where it looked around, in milliseconds. */
  readonly shortestLeaseMs: number | undefined;
  /** Whether it left entries of dead consumers behind. */
  readonly isMoreToTakeOver: boolean;
  /** All consumers of the group, this one included; 0 where it did not look around. */
  readonly consumers: number;
}
