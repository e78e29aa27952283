import { assertKnownKeys, plainObject } from '../options/checks/option-checks.js';
import { HANDLER_OPTIONS } from '../options/tables/handler-options.js';
import type { GroupInfo, Queries } from '../model/ports/queries.js';

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

/** Nothing that moves meanwhile from one count to the next is missed: what comes earlier on a task's way is counted later. */
export async function backlogOf(queries: Queries, stream: string, given: BacklogOptions): Promise<GroupBacklog> {
  assertKnownKeys(plainObject(given, 'The options of backlog'), ['group'], 'the options of backlog');
  const name = HANDLER_OPTIONS.group.read(given.group, 'backlog: group');
  const due = await queries.due(stream, name);
  const group = (await queries.groups(stream)).find((one) => one.name === name);
  const delayedDue = due.delayed ?? 0;
  const isKnown = due.retries !== undefined && due.delayed !== undefined;
  if (!group) return untilCreated(delayedDue, (await queries.stream(stream))?.length ?? 0);
  const { retryScheduled } = await queries.pending(stream, name);
  const { count: waiting, isExact } = await waitingIn(queries, stream, group);
  const running = Math.max(0, group.pending - retryScheduled);
  const dueRetries = due.retries ?? 0;
  const paused = due.isPaused ?? false;
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

/** Counted here first: the server's own count (7.0 and later) is wrong after a failover, as replicas do not follow it. */
export async function waitingIn(queries: Queries, stream: string, { lastDeliveredId, lag }: GroupInfo) {
  const counted = await queries.backlog(stream, lastDeliveredId);
  return counted.isExact || lag === undefined ? counted : { count: lag, isExact: true };
}
