import type { TaskInfo } from 'nestjs-redis-streams';
import { type KeptRun, type RunState, runStateOf } from '../tasks/run-state.js';

export interface InferenceResult {
  /** Who answered: a language model's name, or `local-extractive`. */
  readonly model: string;
  readonly text: string;
  /** What a reader has to know of the answer. */
  readonly note?: string;
}

export interface InferenceState extends RunState {
  readonly id: string;
  readonly requestedAt: string;
  readonly result?: InferenceResult;
}

/** The result of an inference task, as the queue keeps it. */
export interface KeptInference extends KeptRun {
  readonly result: InferenceResult;
}

/** @returns undefined for a task that there is not, or that has expired */
export function inferenceStateOf(task: TaskInfo): InferenceState | undefined {
  const run = runStateOf(task);
  if (!run) return undefined;
  // An entry's id begins with its time.
  const requestedAt = new Date(Number.parseInt(task.id)).toISOString();
  const result = task.state === 'completed' ? (task.result as KeptInference).result : undefined;
  return { id: task.id, requestedAt, ...run, result };
}
