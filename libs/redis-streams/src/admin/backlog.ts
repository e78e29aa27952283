import { assertKnownKeys, plainObject } from '../options/checks/option-checks.js';
import { HANDLER_OPTIONS } from '../options/tables/handler-options.js';
import type { Queries } from '../model/ports/queries.js';

/** Options of `StreamMonitor.backlog`. */
export interface BacklogOptions {
  /** Default `'workers'`. */
  group?: string;
}

/** What a group has to do at this moment. */
export interface GroupBacklog {
  /** The sum of the others; of a paused group what is running alone, as more workers would have nothing to do. A lower bound where `exact` is false. */
  readonly value: number;
  /** Entries that no worker was given yet. */
  readonly waiting: number;
  /** Given to a worker and not settled; also what a dead one left behind. */
  readonly running: number;
  /** Retries whose time has come. Those for later do not count. */
  readonly dueRetries: number;
  /** Delayed tasks whose time has come, and that have not entered the stream, as where no worker is there to let them in. */
  readonly delayedDue: number;
  readonly paused: boolean;
  /** Whether all of it was counted: a long backlog on Redis 6 is not, nor is the work of a group that no worker has created yet. */
  readonly exact: boolean;
}

export async function backlogOf(queries: Queries, stream: string, given: BacklogOptions): Promise<GroupBacklog> {
  assertKnownKeys(plainObject(given, 'The options of backlog'), ['group'], 'the options of backlog');
  const name = HANDLER_OPTIONS.group.read(given.group, 'backlog: group');
  const { length, delayed, groups } = await queries.look(stream, false);
  const group = groups.find((one) => one.name === name);
  const delayedDue = delayed.due ?? 0;
  if (!group) return untilCreated(delayedDue, length);
  const isKnown = group.retryDue !== undefined && delayed.due !== undefined;
  const { count: waiting, isExact } = group.backlog;
  const running = Math.max(0, group.pending - group.retryScheduled);
  const dueRetries = group.retryDue ?? 0;
  const paused = group.pause !== undefined;
  const value = paused ? running : waiting + running + dueRetries + delayedDue;
  return { value, paused, waiting, running, dueRetries, delayedDue, exact: isExact && isKnown };
}

/**
 * No worker has ever been there, or the name is misspelt. One worker is enough to find out, and to create the group; as many as there are
 * entries would be far too many where it is the name.
 */
function untilCreated(delayedDue: number, entries: number): GroupBacklog {
  const waiting = Math.min(1, entries);
  const value = Math.min(1, waiting + delayedDue);
  return { value, paused: false, waiting, running: 0, dueRetries: 0, delayedDue: value - waiting, exact: value === 0 };
}
