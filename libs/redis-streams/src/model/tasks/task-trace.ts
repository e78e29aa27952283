import type { TaskInfo } from './task-info.js';

/** A task of a chain. */
export interface TracedTask {
  /** What is known of it now: stream, id, state and more. `unknown` where it has gone from its stream. */
  readonly task: TaskInfo;
  /** How many tasks are before it in the chain: 0 for the first. */
  readonly depth: number;
  /** When it entered its stream, by Redis's clock; undefined for one that is delayed. */
  readonly addedAt: Date | undefined;
  /** When it ended, by Redis's clock; undefined where it has not, and for a plain success that forwarded nothing. */
  readonly endedAt: Date | undefined;
  /** The task that has forwarded it; undefined for the first, and where that is not known any more. */
  readonly from: { readonly stream: string; readonly id: string } | undefined;
  /** The tasks that it has forwarded; undefined where that is not known any more: it was trimmed, or ended more than 7 days ago. */
  readonly next: readonly { readonly stream: string; readonly id: string }[] | undefined;
}

/** What has become of a chain. */
export interface TaskTrace {
  /** The id of the task that it began with: `context.correlationId` of all. */
  readonly correlationId: string;
  /** From the first task on, by depth. */
  readonly tasks: readonly TracedTask[];
  /** Whether there are more than 1,000 tasks: then the others are missing. */
  readonly isCut: boolean;
}
