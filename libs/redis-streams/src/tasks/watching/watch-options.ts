import type { Option, TableOf } from '../../options/checks/option.js';
import { TASK_OPTIONS } from '../status/task-options.js';

/** Options of `watch`. */
export interface WatchOptions {
  /** The group whose state and output of the task are meant: each has its own. Default `'workers'`. */
  group?: string;
  /**
   * The cursor of an event of this task: watches what came after it. What is not a cursor of this task is an error; a task that has begun anew
   * since is told as `restart`. An empty text counts as left out, as does null. Default: the beginning.
   */
  from?: string | null | undefined;
}

/** Left as it is: only with the task can it be read. */
const from: Option<string, string | undefined> = {
  byDefault: 'the beginning',
  read: (given) => (given === '' || given === null ? undefined : given),
};

export const WATCH_OPTIONS = { ...TASK_OPTIONS, from } satisfies TableOf<WatchOptions>;
