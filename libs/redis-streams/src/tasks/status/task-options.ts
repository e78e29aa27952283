import { integer, note } from '../../options/checks/kinds.js';
import { assertEntryId } from '../../wire/tasks/task-id.js';
import { LISTED_STATES, type ListedState } from './task-list.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import {
  type Option,
  readOptions,
  type OptionTable,
  type TableOf,
  type ValuesOf,
} from '../../options/checks/option.js';
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

/** Options of `list`. */
export interface ListOptions<State extends ListedState = ListedState> extends TaskOptions {
  /** Which tasks. */
  state: State;
  /** Where the page begins: `next` of the page before, or an entry's id; of a letter, where the state is `dead-lettered`. Default the beginning. */
  from?: string | undefined;
  /** How many tasks at most. Default 100; 1 to 1,000. */
  limit?: number;
}

const { group } = HANDLER_OPTIONS;

const state: Option<ListedState, ListedState> = {
  read: (given, where) => {
    if (!LISTED_STATES.includes(given!)) fail(where, `one of ${LISTED_STATES.join(', ')}`, given);
    return given!;
  },
};

const from: Option<string, string> = {
  byDefault: 'the beginning',
  read: (given, where) => {
    if (given === undefined) return '0-0';
    assertEntryId(given, where);
    return given;
  },
};

export const TASK_OPTIONS = { group } satisfies TableOf<TaskOptions>;
export const CANCEL_OPTIONS = {
  group: { ...group, byDefault: 'all', read: (given, where) => (given == null ? undefined : group.read(given, where)) },
  reason: note(1_024),
} satisfies TableOf<CancelOptions>;

export const LIST_OPTIONS = {
  group,
  state,
  from,
  limit: integer({ byDefault: 100, min: 1, max: 1_000 }),
} satisfies TableOf<ListOptions>;

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
