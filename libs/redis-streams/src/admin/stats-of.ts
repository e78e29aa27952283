import type { StreamLook } from '../model/ports/queries.js';
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
      oldestPendingAgeMs:
        oldestPendingId === undefined ? undefined : Math.max(0, serverNow - entryTimeMs(oldestPendingId)),
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
