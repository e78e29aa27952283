import type { TaskKey, TaskStore } from '../../model/ports/tasks/task-store.js';
import type { OwnIds } from '../../model/ports/tasks/own-ids.js';
import { isOwnId } from '../../wire/tasks/own-id.js';
import { taskStateOf } from '../status/task-state.js';

/**
 * What has come of a request for another time. `moved`: the task waited for its time, or for its retry, and has the new one; `under-way`: it waits for a
 * worker or runs; `finished`: it had ended; `unknown`: there is no such task.
 */
export type MoveResult = 'moved' | 'under-way' | 'finished' | 'unknown';

interface Stores {
  readonly store: Pick<TaskStore, 'look'>;
  readonly ownIds: Pick<OwnIds, 'move' | 'moveRetry'>;
}

/** Gives a task, or its retry in a group, another time. @param due see `MoveCommand` */
export async function moveTask({ store, ownIds }: Stores, task: TaskKey, due: string): Promise<MoveResult> {
  let entryId = task.id;
  if (isOwnId(task.id)) {
    const answer = await ownIds.move({ ...task, due });
    if (!('entryId' in answer)) return answer.outcome;
    ({ entryId } = answer);
  }
  if (await ownIds.moveRetry({ ...task, id: entryId, due })) return 'moved';
  const { state } = taskStateOf(task, await store.look(task));
  if (state === 'unknown') return 'unknown';
  // A retry may have been scheduled between the two questions: to who asked it ran a moment ago.
  return ['delayed', 'waiting', 'running', 'retry-scheduled'].includes(state) ? 'under-way' : 'finished';
}
