import type { OutputReply, ProgressNote } from '../../../model/ports/output.js';
import { TASK_RECORD } from '../../../wire/tasks/task-record.js';
import { groupOf, type StoredMember } from '../../store/stored-member.js';
import { holds } from './holds.js';

/** As the script does. */
export function keepProgress(member: StoredMember, notes: readonly ProgressNote[]): OutputReply {
  groupOf(member);
  const tasks = member.stream.tasksOf(member.group);
  const held = notes.filter((note) => holds(member, note));
  for (const { entryId, value } of held) tasks.note(entryId, [TASK_RECORD.progress, value]);
  const kept = new Set(held.map(({ entryId }) => entryId));
  const lost = notes.flatMap(({ entryId }) => (kept.has(entryId) ? [] : [entryId]));
  return { lost: new Set(lost), watched: tasks.watchedAmong([...kept]) };
}
