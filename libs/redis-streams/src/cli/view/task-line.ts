import type { TaskInfo, TaskState } from '../../model/tasks/task-info.js';
import type { Output } from '../output/output.js';
import { shortJson } from '../output/short-json.js';

const GOING_ON: ReadonlySet<TaskState> = new Set(['delayed', 'waiting', 'running', 'retry-scheduled']);

/** Whether it has not ended. */
export function goesOn({ state }: TaskInfo): boolean {
  return GOING_ON.has(state);
}

/** The state of a task in one group, in a line. */
export function taskLine(task: TaskInfo, out: Pick<Output, 'moment' | 'duration'>): string {
  return `${task.state}${details(task, out)}${task.progress === undefined ? '' : `, told last: ${shortJson(task.progress)}`}`;
}

function details(task: TaskInfo, out: Pick<Output, 'moment' | 'duration'>): string {
  switch (task.state) {
    case 'delayed':
      return `: enters the stream ${out.moment(task.dueAt)}`;
    case 'waiting':
      if (!task.why) return cancelOf(task.cancelRequested);
      return `: ${task.why}, may run ${out.moment(task.until) ?? 'once the group is resumed'}${cancelOf(task.cancelRequested)}`;
    case 'running':
      return (
        `: run ${task.deliveryCount} at ${task.consumer}, heard of ${out.duration(task.renewedMsAgo)} ago` +
        cancelOf(task.cancelRequested)
      );
    case 'retry-scheduled':
      return `: failed ${task.deliveryCount} times, runs again ${out.moment(task.dueAt)}; last: ${task.lastError ?? 'not known'}`;
    case 'completed':
      return ended(task.endedAt, out) + (task.hasResult ? `, with the result ${shortJson(task.result)}` : '');
    case 'dead-lettered':
      return `${ended(task.endedAt, out)}: ${task.reason}: ${task.error}`;
    case 'cancelled':
      return ended(task.endedAt, out) + (task.reason === undefined ? '' : `: ${task.reason}`);
    case 'expired':
      return ended(task.endedAt, out);
    case 'finished':
      return ': how is not known any more';
    case 'unknown':
      return task.trimmed ? ': it was trimmed' : '';
  }
}

function ended(at: Date | undefined, out: Pick<Output, 'moment'>): string {
  return at ? ` ${out.moment(at)}` : '';
}

function cancelOf(request: { readonly reason: string | undefined } | undefined): string {
  if (!request) return '';
  return `, to be cancelled${request.reason === undefined ? '' : ` (${request.reason})`}`;
}
