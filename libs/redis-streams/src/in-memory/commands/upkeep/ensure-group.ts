import type { EnsureGroupReply } from '../../../model/ports/group.js';
import { compareEntryIds } from '../../../wire/entry-id.js';
import type { GroupMark } from '../../store/group-mark.js';
import { newLife } from './group-life.js';
import type { StoredMember } from '../../store/stored-member.js';

/** Creates the group, or restores it from its mark, as the script of that name does. */
export function ensureGroup(
  { stream, group }: StoredMember,
  startAfter: string,
  { isKnown }: { isKnown: boolean },
): EnsureGroupReply {
  const { marksFailure } = stream;
  const mark = marksFailure === undefined ? stream.marks.get(group) : undefined;
  const nothing = { at: '', lastDelivered: '', length: 0, putBack: 0 };
  const common = { serverNow: stream.clock.now, pause: stream.pauseOf(group), marksFailure };
  if (stream.group(group)) return { outcome: 'exists', ...nothing, life: mark?.life, ...common };

  const generated = stream.entries.lastGeneratedId;
  const hasBegunAnew = mark !== undefined && compareEntryIds(generated, mark.at) < 0;
  const kept = hasBegunAnew ? undefined : mark;
  const outcome = mark || isKnown ? 'restored' : 'created';
  const at = kept ? restoredAt(kept, generated) : outcome === 'restored' ? '0-0' : startAfter;
  const from = at === '$' ? generated : at;
  const created = stream.createGroup(group, from);
  for (const pending of kept?.snapshot ?? []) created.putBack(pending);

  const next: GroupMark = {
    at: created.finishedUpTo,
    lastDelivered: from,
    finished: kept?.finished ?? 0,
    reports: kept?.reports ?? new Map(),
    life: kept ? { id: kept.life.id, restores: kept.life.restores + 1 } : newLife(stream.clock),
    again: kept && compareEntryIds(from, generated) < 0 ? { from, to: generated, passedAt: undefined } : undefined,
    snapshot: created.snapshot,
  };
  if (marksFailure === undefined) stream.marks.set(group, next);
  const { length } = stream.entries;
  const putBack = kept?.snapshot.length ?? 0;
  return { outcome, at, lastDelivered: kept?.lastDelivered ?? '', length, putBack, life: next.life, ...common };
}

/** Where it is known what was pending, nothing before the last delivered entry needs to run again but that. */
function restoredAt({ at, lastDelivered, snapshot }: GroupMark, generated: string): string {
  const restored = snapshot.length > 0 ? lastDelivered : at;
  return compareEntryIds(generated, restored) < 0 ? generated : restored;
}
