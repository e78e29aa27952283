import type { ConsumerLook, GroupLook, MemoryLook, StreamLook } from '../../model/ports/queries.js';
import { entryTimeMs } from '../../wire/entry-id.js';
import { ageSince, unfinishedSince } from '../stats-of.js';
import { holderOf } from './holder.js';
import { consumerOverview } from './consumers.js';
import { judgeGroup } from './group-state.js';
import type { StreamRates } from './rates.js';
import type { ConsumerOverview, GroupOverview, StreamOverview } from './stream-overview.js';

/** What a look at a stream tells people and machines. */
export function overviewOf(
  stream: string,
  look: StreamLook,
  rates: StreamRates,
  memory: MemoryLook | undefined,
): StreamOverview {
  const { serverNow, lastGeneratedId, delayed, writesRefused } = look;
  const groups = look.groups.map((group) => groupOverview(group, look, rates));
  return {
    stream,
    at: new Date(serverNow),
    entries: look.length,
    lastEntryId: lastGeneratedId === '0-0' ? undefined : lastGeneratedId,
    addedPerSecond: rates.addedPerSecond,
    delayed: delayed.count,
    delayedDue: delayed.due,
    nextDueAt: asDate(delayed.nextDueAt),
    deadLetters: look.deadLetters,
    heldBy: holderOf(groups, serverNow),
    writesRefused,
    memory,
    groups,
  };
}

function groupOverview(
  look: GroupLook,
  { serverNow: now, writesRefused }: StreamLook,
  rates: StreamRates,
): GroupOverview {
  const { name, backlog, pending, retryScheduled, retryDue, nextRetryAt, firstWaitingId, pause } = look;
  const consumers = look.consumers.map((consumer) => consumerOverview(consumer, now));
  const live = consumers.filter(({ isAlive }) => isAlive);
  const left = sum(consumers.filter(({ isAlive }) => !isAlive).map((consumer) => consumer.pending));
  const running = Math.max(0, pending - retryScheduled - left);
  const slots = live.some((consumer) => consumer.slots === undefined)
    ? undefined
    : sum(live.map((each) => each.slots!));
  const stuck = sum(live.map((consumer) => consumer.stuck));
  const oldestWaitingAgeMs = ageSince(firstWaitingId === undefined ? undefined : entryTimeMs(firstWaitingId), now);
  const oldestUnfinishedId = look.oldestPendingId ?? firstWaitingId;
  const finishedPerSecond = rates.finishedPerSecond(name);
  const { addedPerSecond } = rates;
  const judged = judgeGroup({
    ...{ writesRefused, pause, running, left, slots, stuck, addedPerSecond, finishedPerSecond },
    waiting: backlog,
    oldestWaitingMs: oldestWaitingAgeMs,
    retries: retryScheduled,
    retriesDue: retryDue ?? 0,
    nextRetryInMs: nextRetryAt === undefined ? undefined : nextRetryAt - now,
    liveWorkers: live.length,
    sinceReadMs: sinceRead(look.consumers, live),
  });
  return {
    group: name,
    ...judged,
    ...{ backlog, pending, running, slots, stuck, left, retryScheduled, retryDue },
    liveWorkers: live.length,
    paused: pause,
    nextRetryAt: asDate(nextRetryAt),
    ...{ oldestWaitingAgeMs, oldestUnfinishedId, finishedPerSecond },
    oldestUnfinishedAgeMs: ageSince(unfinishedSince(look), now),
    oldestPendingAgeMs: ageSince(look.pendingSince, now),
    consumers,
  };
}

function sinceRead(looks: readonly ConsumerLook[], live: readonly ConsumerOverview[]): number {
  const names = new Set(live.map(({ consumer }) => consumer));
  const silences = looks.filter(({ name }) => names.has(name)).map(({ idleMs }) => idleMs ?? Infinity);
  return Math.min(Infinity, ...silences);
}

function asDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
