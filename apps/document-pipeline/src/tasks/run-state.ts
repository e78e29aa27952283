import type { TaskInfo } from 'nestjs-redis-streams';

export type TaskStatus = 'queued' | 'processing' | 'completed' | 'failed';

/** What a handler tells of a run: as progress when it begins, and with its result. */
export interface KeptRun {
  readonly startedAt: string;
  /** Runs that were started on the task, as the queue counts them. */
  readonly attempts: number;
}

/** A task as the API tells of it. */
export interface RunState {
  readonly status: TaskStatus;
  /** Its place in the queue, once it was added: the task's id, and when it was. */
  readonly taskId?: string;
  readonly addedAt?: string;
  /** When the last run began. */
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly attempts: number;
  /** Why the last run failed, until the next one begins. */
  readonly error?: string;
}

/** A task that was not added yet. */
export const NOT_ADDED: RunState = { status: 'queued', attempts: 0 };

/** @returns undefined for a task that there is not, or that has expired */
export function runStateOf(task: TaskInfo): RunState | undefined {
  const begun = task.progress as KeptRun | undefined;
  switch (task.state) {
    case 'completed':
      return task.hasResult ? completed(task.result as KeptRun, task.endedAt) : undefined;
    case 'dead-lettered':
      return { attempts: 0, ...begun, status: 'failed', error: task.error };
    case 'cancelled':
      return { attempts: 0, ...begun, status: 'failed', error: task.reason ?? 'It was cancelled.' };
    case 'expired':
      return { attempts: 0, ...begun, status: 'failed', error: 'It was not done in time.' };
    case 'retry-scheduled':
      return { ...begun, status: 'processing', attempts: task.deliveryCount, error: task.lastError };
    case 'running':
      return { ...begun, status: 'processing', attempts: task.deliveryCount };
    case 'delayed':
      return NOT_ADDED;
    case 'waiting':
      return begun ? { ...begun, status: 'processing' } : NOT_ADDED;
    case 'finished':
    case 'unknown':
      return undefined;
  }
}

function completed({ startedAt, attempts }: KeptRun, endedAt: Date | undefined): RunState {
  return { status: 'completed', startedAt, completedAt: endedAt?.toISOString(), attempts };
}
