import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import {
  type Option,
  readOptions,
  type OptionTable,
  type TableOf,
  type ValuesOf,
} from '../../options/checks/option.js';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { HANDLER_OPTIONS } from '../../options/tables/handler-options.js';

/** Options of what is asked about a task. */
export interface TaskOptions {
  /** The group whose state of the task is meant: each has its own. Default `'workers'`. */
  group?: string;
}

/** Options of `cancel`. */
export interface CancelOptions {
  /** Only in this group. Default: in all groups of the stream. */
  group?: string;
  /** Why, for whoever looks at the task later, and for its handler. At most 1,024 bytes. Default none. */
  reason?: string;
}

const { group } = HANDLER_OPTIONS;
const MOST_REASON_BYTES = 1_024;

const reason: Option<string, string | undefined> = {
  byDefault: 'none',
  read: (given, where) => {
    if (given === undefined || given === '') return undefined;
    if (typeof given !== 'string') fail(where, 'a string', given);
    const bytes = Buffer.byteLength(given);
    if (bytes <= MOST_REASON_BYTES) return given;
    throw new RedisStreamsConfigError(
      `${where} has ${bytes} bytes, and may have ${MOST_REASON_BYTES}. Cut it, or name where the rest is.`,
    );
  },
};

export const TASK_OPTIONS = { group } satisfies TableOf<TaskOptions>;
export const CANCEL_OPTIONS = {
  group: { ...group, byDefault: 'all', read: (given, where) => (given == null ? undefined : group.read(given, where)) },
  reason,
} satisfies TableOf<CancelOptions>;

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
