import type { TrimHistoryCommand, TrimHistoryReply } from '../../../model/ports/group.js';
import { compareEntryIds, entryTimeMs } from '../../../wire/entry-id.js';
import type { ComesAgain, GroupMark } from '../../store/group-mark.js';
import type { StoredGroup } from '../../store/stored-group.js';
import { assertMarks, newLife } from './group-life.js';
import type { StoredMember } from '../../store/stored-member.js';

/** So many entries are removed in one step, at most. */
const MOST_TRIMMED = 1_000;

/**
 * Keeps the group's mark, and trims below what every group has finished. Simpler than the script: what may go is known exactly and
 * goes exactly, without checkpoints; groups that are silent are waited for whatever `abandonGroupAfterMs` says, and groups that
 * vanished for as long as their marks are there.
 */
export function trimHistory(member: StoredMember, command: TrimHistoryCommand): TrimHistoryReply | undefined {
  const { stream, group } = member;
  const found = stream.group(group);
  if (!found) return undefined;
  assertMarks(member);
  const mark = markOf(member, found, command);
  stream.marks.set(group, mark);
  return { isMoreToTrim: trim(member, command), pending: found.pending.size, life: mark.life };
}

function markOf({ stream, group }: StoredMember, found: StoredGroup, command: TrimHistoryCommand): GroupMark {
  const { reporter, finished, counted } = command;
  const before = stream.marks.get(group);
  const isMovedBack = before !== undefined && compareEntryIds(found.lastDelivered, before.lastDelivered) < 0;
  const reports = new Map(before?.reports);
  const known = reports.get(reporter) ?? counted;
  if (finished > 0) reports.set(reporter, Math.max(finished, known));
  return {
    at: found.finishedUpTo,
    lastDelivered: found.lastDelivered,
    finished: (before?.finished ?? 0) + Math.max(0, finished - known),
    reports,
    life: before && !isMovedBack ? before.life : newLife(stream.clock),
    again: isMovedBack ? undefined : stillComing(before?.again, found, stream.clock.now),
    snapshot: found.snapshot,
  };
}

function stillComing(again: ComesAgain | undefined, { lastDelivered }: StoredGroup, now: number): typeof again {
  if (!again || again.passedAt !== undefined || compareEntryIds(lastDelivered, again.to) < 0) return again;
  return { ...again, passedAt: now };
}

/** @returns whether there is more to trim */
function trim({ stream }: StoredMember, { maxEntries = Infinity, maxAgeMs }: TrimHistoryCommand): boolean {
  const { entries, groupNames, marks } = stream;
  const vanished = [...marks].filter(([name]) => !stream.group(name)).map(([, { at }]) => at);
  const finished = [...groupNames.map((name) => stream.group(name)!.finishedUpTo), ...vanished];
  const floor = finished.reduce((a, b) => (compareEntryIds(a, b) < 0 ? a : b));
  const mayGo = entries.countUpTo(floor);
  const oldestKeptMs = stream.clock.now - maxAgeMs;
  const firstYoung = entries.entries.findIndex(({ id }) => maxAgeMs === 0 || entryTimeMs(id) >= oldestKeptMs);
  const tooOld = firstYoung < 0 ? entries.length : firstYoung;
  const count = Math.min(mayGo, Math.max(mayGo - maxEntries, tooOld));
  entries.dropOldest(Math.min(count, MOST_TRIMMED));
  return count > MOST_TRIMMED;
}
