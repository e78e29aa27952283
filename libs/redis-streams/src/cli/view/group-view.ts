import { isLiveConsumer } from '../../admin/live-consumers.js';
import type { GroupStats, StreamStats } from '../../admin/stream-stats.js';
import { entryTimeMs } from '../../wire/entry-id.js';

/** A task that waits for so long, in milliseconds, waits for more than a free worker. */
const BEHIND_AFTER_MS = 60_000;

export const GROUP_STATES = ['ok', 'behind', 'no-worker'] as const;
export type GroupState = (typeof GROUP_STATES)[number];

/** What is told of a group in a line. */
export interface GroupView {
  readonly group: string;
  readonly state: GroupState;
  readonly waiting: number;
  /** Where it is false, there are more. */
  readonly isWaitingExact: boolean;
  readonly running: number;
  readonly retry: number;
  /** Age of the oldest task that is not finished, in milliseconds. */
  readonly oldestMs: number | undefined;
  /** Workers that are alive. */
  readonly workers: number;
}

export function groupView(group: GroupStats, now = Date.now()): GroupView {
  const { backlog, pending, retryScheduled, oldestUnfinishedId, consumers } = group;
  const oldestMs = oldestUnfinishedId === undefined ? undefined : Math.max(0, now - entryTimeMs(oldestUnfinishedId));
  const workers = consumers.filter(isLiveConsumer).length;
  return {
    group: group.group,
    state: stateOf({ backlog: backlog.count, pending, oldestMs, workers }),
    waiting: backlog.count,
    isWaitingExact: backlog.isExact,
    running: pending - retryScheduled,
    retry: retryScheduled,
    oldestMs,
    workers,
  };
}

function stateOf(group: {
  backlog: number;
  pending: number;
  oldestMs: number | undefined;
  workers: number;
}): GroupState {
  const { backlog, pending, oldestMs, workers } = group;
  if (backlog + pending > 0 && workers === 0) return 'no-worker';
  return backlog > 0 && oldestMs !== undefined && oldestMs > BEHIND_AFTER_MS ? 'behind' : 'ok';
}

/** Why a stream keeps more than its history is to be, where that is so. */
export function heldNote({ heldBy }: StreamStats, longerThanMs: number): string | undefined {
  if (!heldBy || heldBy.ageMs < longerThanMs) return undefined;
  return `held by the group '${heldBy.group}' since ${heldBy.sinceEntryId}`;
}
