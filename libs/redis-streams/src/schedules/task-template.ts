import { deadlineField } from '../tasks/adding/add-deadline.js';
import type { AddOptions } from '../tasks/adding/add-options.js';
import { narrowFields } from '../wire/narrow-fields.js';
import { encodeTask, type TaskEncoding } from '../tasks/adding/encode-task.js';

/** What each task of a schedule gets beside its payload, as in `add`. */
export type ScheduledTaskOptions = Pick<AddOptions, 'headers' | 'ttlMs'>;

/**
 * The entry of a schedule's task, with as many fields as a script can write.
 * @throws as `encodeTask`
 */
export function encodeTemplate(
  encoding: TaskEncoding,
  payload: unknown,
  { headers, ttlMs }: ScheduledTaskOptions,
): string[] {
  return narrowFields(encodeTask(encoding, { payload, headers }, deadlineField(ttlMs === undefined ? {} : { ttlMs })));
}
