import { assertKnownKeys, plainObject } from '../../options/checks/option-checks.js';
import { readOptions, type OptionTable, type TableOf, type ValuesOf } from '../../options/checks/option.js';
import { HANDLER_OPTIONS } from '../../options/tables/handler-options.js';

/** Options of what is asked about a task. */
export interface TaskOptions {
  /** The group whose state of the task is meant: each has its own. Default `'workers'`. */
  group?: string;
}

export const TASK_OPTIONS = { group: HANDLER_OPTIONS.group } satisfies TableOf<TaskOptions>;

/**
 * @param call what the messages of errors begin with
 * @throws RedisStreamsConfigError for the first wrong option
 */
export function checkedTaskOptions<Table extends OptionTable>(
  table: Table,
  given: object | undefined,
  call: string,
): ValuesOf<Table> {
  const options = plainObject(given, `${call}: the options`);
  assertKnownKeys(options, Object.keys(table), `the options of ${call}`);
  return readOptions(table, options, `${call}: `);
}
