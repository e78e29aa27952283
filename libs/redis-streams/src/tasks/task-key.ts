import type { TaskKey } from '../model/ports/tasks/task-store.js';

/** A task in a group as one text, to find it by. */
export function keyOf({ stream, group, id }: TaskKey): string {
  return `${id} ${group}\n${stream}`;
}
