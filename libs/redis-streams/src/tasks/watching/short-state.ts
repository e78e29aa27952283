import type { TaskLook } from '../../model/ports/tasks/task-store.js';
import type { TaskInfo } from '../../model/tasks/task-info.js';

/** A state as cursors keep it: two that are told apart are written apart. */
export function shortState(task: TaskInfo): string {
  const isAsked = 'cancelRequested' in task && task.cancelRequested !== undefined;
  return stateOf(task) + (isAsked ? 'c' : '');
}

function stateOf(task: TaskInfo): string {
  switch (task.state) {
    case 'delayed':
      return `d${task.dueAt.getTime()}`;
    case 'waiting':
      return 'w';
    case 'running':
      return `r${task.deliveryCount}`;
    case 'retry-scheduled':
      return `s${task.deliveryCount}`;
    case 'unknown':
      return 'u';
    case 'completed':
    case 'dead-lettered':
    case 'cancelled':
    case 'expired':
    case 'finished':
      return 'e';
  }
}

/** Whether nothing more will come of it. A group may come later than its tasks. */
export function isEnded(task: TaskInfo, look: TaskLook): boolean {
  if (task.state === 'unknown') return look.reserved === undefined;
  return stateOf(task) === 'e';
}
