import type { OnceNote, OnceQuestion } from '../../../model/ports/output.js';
import { TASK_RECORD } from '../../../wire/tasks/task-record.js';
import type { StoredMember } from '../../store/stored-member.js';
import { holds } from './holds.js';

/** As the scripts do. */
export function readOnce({ stream, group }: StoredMember, { entryId, name }: OnceQuestion): string | undefined {
  return stream
    .tasksOf(group)
    .records.get(entryId)
    ?.get(TASK_RECORD.once + name);
}

export function keepOnce(member: StoredMember, note: OnceNote): boolean {
  if (!holds(member, note)) return false;
  member.stream.tasksOf(member.group).note(note.entryId, [TASK_RECORD.once + note.name, note.value]);
  return true;
}
