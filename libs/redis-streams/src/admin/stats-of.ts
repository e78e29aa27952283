import type { GroupLook, StreamLook } from '../model/ports/queries.js';
import { entryTimeMs } from '../wire/entry-id.js';
import { holderOf } from './overview/holder.js';
import type { GroupStats, StreamStats } from './stream-stats.js';

/** What a look at a stream says of it in numbers. */
export function statsOf(stream: string, look: StreamLook): StreamStats {
  const { serverNow, delayed, lastGeneratedId } = look;
  const groups = look.groups.map((group): GroupStats => {
    const { oldestPendingId, consumers } = group;
    return {
      group: group.name,
      paused: group.pause,
      backlog: group.backlog,
      pending: group.pending,
      retryScheduled: group.retryScheduled,
      parked: group.retryScheduled,
      oldestUnfinishedId: oldestPendingId ?? group.firstWaitingId,
      oldestPendingAgeMs: ageSince(group.pendingSince, serverNow),
      consumers: consumers.flatMap(({ name: consumer, pending, idleMs }) =>
        idleMs === undefined ? [] : { consumer, pending, idleMs },
      ),
    };
  });
  return {
    stream,
    entries: look.length,
    lastEntryId: lastGeneratedId === '0-0' ? undefined : lastGeneratedId,
    delayed: delayed.count,
    nextDueAt: delayed.nextDueAt === undefined ? undefined : new Date(delayed.nextDueAt),
    deadLetters: look.deadLetters,
    heldBy: holderOf(groups, serverNow),
    groups,
  };
}

/**
 * Since when the unfinished task has been there that has been there for longest, in epoch milliseconds by the server's clock. One that was redriven or
 * is replayed has been there since then, however old its entry is.
 */
export function unfinishedSince({ pendingSince, firstWaitingId }: GroupLook): number | undefined {
  const waitingSince = firstWaitingId === undefined ? Infinity : entryTimeMs(firstWaitingId);
  const since = Math.min(pendingSince ?? Infinity, waitingSince);
  return since === Infinity ? undefined : since;
}

/** @param now by the same clock. A clock that was set back makes nothing younger than it can be. */
export function ageSince(since: number | undefined, now: number): number | undefined {
  return since === undefined ? undefined : Math.max(0, now - since);
}
