import { ResultNotKeptError } from '../../model/errors/task-errors.js';
import type { TaskKey, TaskStore } from '../../model/ports/tasks/task-store.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';

/**
 * Whoever joins a task by its key is not to take it for one without a result.
 * @param call what the error's message begins with
 * @throws ResultNotKeptError unless its record says that it has returned nothing
 */
export async function assertKept(store: Pick<TaskStore, 'look'>, task: TaskKey, call: string): Promise<void> {
  const { record } = await store.look(task);
  if (record?.[TASK_RECORD.state] === 'completed') return;
  throw new ResultNotKeptError(
    task.id,
    `${call}: the task ${task.id}, which has this idempotency key, has ended, and no result of it is kept. One that was added by add has none unless its ` +
      'handler keeps it: set result in @StreamHandler, or add it by run.',
  );
}
