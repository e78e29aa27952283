import { compareEntryIds, entryTimeMs } from '../../wire/entry-id.js';
import type { GroupStats, StreamStats } from '../stream-stats.js';

/** The group whose oldest unfinished entry keeps the most from being trimmed. @param now by the server's clock, in epoch milliseconds */
export function holderOf(
  groups: readonly Pick<GroupStats, 'group' | 'oldestUnfinishedId'>[],
  now: number,
): StreamStats['heldBy'] {
  let holder: StreamStats['heldBy'];
  for (const { group, oldestUnfinishedId: id } of groups) {
    if (id === undefined || (holder && compareEntryIds(holder.sinceEntryId, id) <= 0)) continue;
    holder = { group, sinceEntryId: id, ageMs: Math.max(0, now - entryTimeMs(id)) };
  }
  return holder;
}
