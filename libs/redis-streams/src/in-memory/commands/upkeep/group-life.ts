import type { GroupLife } from '../../../model/groups/group-life.js';
import type { ReadLifeReply } from '../../../model/ports/group.js';
import { compareEntryIds } from '../../../wire/entry-id.js';
import type { ServerClock } from '../../store/server-clock.js';
import type { StoredMember } from '../../store/stored-member.js';

/** What is said to come again may still be on its way so long after it was delivered, in milliseconds. */
const ON_ITS_WAY_MS = 1_000;
let lives = 0;

/** A life that nothing has happened in. */
export function newLife({ now }: ServerClock): GroupLife {
  return { id: `${now}-${++lives}`, restores: 0 };
}

/** In which life the group is, as the script of that name tells it. */
export function readLife(member: StoredMember): ReadLifeReply | undefined {
  const { stream, group } = member;
  assertMarks(member);
  const mark = stream.marks.get(group);
  const found = stream.group(group);
  if (!mark || !found || compareEntryIds(found.lastDelivered, mark.lastDelivered) < 0) return undefined;
  const { life, again } = mark;
  const isOver = again?.passedAt !== undefined && Math.abs(stream.clock.now - again.passedAt) > ON_ITS_WAY_MS;
  return { life, again: again && !isOver ? { from: again.from, to: again.to } : undefined };
}

/** @throws RedisFailure where the marks cannot be kept */
export function assertMarks({ stream: { marksFailure } }: StoredMember): void {
  if (marksFailure) throw marksFailure;
}
