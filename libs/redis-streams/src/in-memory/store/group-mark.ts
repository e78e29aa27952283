import type { GroupLife } from '../../model/groups/group-life.js';
import type { PendingEntry } from './pending-list.js';

/** Of more pending entries a mark does not keep who owns them. */
export const MOST_IN_SNAPSHOT = 1_000;

/** What is left of a group when it is lost: it stays when the group is destroyed or the stream deleted. */
export interface GroupMark {
  /** Up to and with this id all is finished. */
  readonly at: string;
  readonly lastDelivered: string;
  readonly finished: number;
  /** What each process said that it has finished, by the process's name: what is said twice counts once. */
  readonly reports: ReadonlyMap<string, number>;
  readonly life: GroupLife;
  readonly again: ComesAgain | undefined;
  /** What was pending, and whose. */
  readonly snapshot: readonly PendingEntry[];
}

/** The ids that come again after a restore, and since when the group has delivered them all. */
export interface ComesAgain {
  /** Exclusive. */
  readonly from: string;
  /** Inclusive. */
  readonly to: string;
  readonly passedAt: number | undefined;
}
