import type { GroupPause } from '../model/groups/group-pause.js';
import type { StreamLook } from '../model/ports/queries.js';
import { entryTimeMs } from '../wire/entry-id.js';
import type { HealthStatus } from './health-rule.js';
import type { BacklogLimits, StreamGroup } from './health-options.js';

/** What a group has to do, held against the limits of a readiness. */
export interface BacklogHealth extends StreamGroup {
  /** `degraded`: it is not known. */
  readonly status: HealthStatus;
  /** Why it is not up. */
  readonly reason?: string;
  /** Tasks that wait to be run at once; a lower bound where the server does not count a long backlog (Redis 6). */
  readonly waiting?: number;
  /** For how long the oldest entry has been waiting, in milliseconds; left out where none is. */
  readonly oldestAgeMs?: number;
  /** Nothing is too much while somebody has paused the group. */
  readonly paused?: GroupPause;
}

/** Whether too much waits in a group. What is not known is not too much: a question that goes unanswered takes nobody out of service. */
export function backlogHealth(of: StreamGroup, look: StreamLook, limits: BacklogLimits): BacklogHealth {
  const group = look.groups.find(({ name }) => name === of.group);
  if (!group) return unknownBacklog(of, 'no worker has created the group yet');
  const { backlog, firstWaitingId, pause } = group;
  const waiting = backlog.count + (group.retryDue ?? 0) + (look.delayed.due ?? 0);
  const oldestAgeMs =
    firstWaitingId === undefined ? undefined : Math.max(0, look.serverNow - entryTimeMs(firstWaitingId));
  const known = { ...of, waiting, ...(oldestAgeMs !== undefined && { oldestAgeMs }) };
  if (pause) return { ...known, status: 'up', paused: pause };
  const reason =
    tooMuch(`${backlog.isExact ? '' : 'at least '}${waiting}`, waiting, limits) ?? tooOld(oldestAgeMs, limits);
  if (reason !== undefined) return { ...known, status: 'down', reason };
  if (backlog.isExact || limits.maxBacklog === undefined) return { ...known, status: 'up' };
  const uncounted = `at least ${waiting} tasks wait, and this server cannot count them all: set maxOldestAgeMs, too`;
  return { ...known, status: 'degraded', reason: uncounted };
}

export function unknownBacklog(of: StreamGroup, why: string): BacklogHealth {
  return { ...of, status: 'degraded', reason: `its backlog is not known: ${why}` };
}

function tooMuch(told: string, waiting: number, { maxBacklog = Infinity }: BacklogLimits): string | undefined {
  return waiting > maxBacklog ? `${told} tasks wait, more than ${maxBacklog}` : undefined;
}

function tooOld(ageMs = 0, { maxOldestAgeMs = Infinity }: BacklogLimits): string | undefined {
  return ageMs > maxOldestAgeMs
    ? `the oldest task has waited for ${ageMs} ms, longer than ${maxOldestAgeMs}`
    : undefined;
}
