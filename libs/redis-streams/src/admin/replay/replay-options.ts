import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { assertKnownKeys, plainObject } from '../../options/checks/option-checks.js';
import { type Option, readOptions, type TableOf } from '../../options/checks/option.js';
import { HANDLER_OPTIONS } from '../../options/tables/handler-options.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import { assertStreamName } from '../../wire/stream-name.js';
import { assertEntryId } from '../../wire/tasks/task-id.js';
import { FIRST_ID, fromBound, LAST_ID, toBound } from '../bounds.js';
import { REVIVING_OPTIONS, type RevivingOptions } from '../operations/operation-options.js';

/** Which entries of the history: at least one of `from` and `to`, or `all`. */
export interface ReplayRange {
  /** The first entry, by id, or added since then. Default the oldest kept. */
  from?: string | Date;
  /** The last entry, by id, or added until then. Default the newest when the replay starts. */
  to?: string | Date;
  /** All that the stream keeps. */
  all?: true;
  /** The last entry that is looked at: `OperationPlan.upTo`. Default the newest when the replay starts. */
  upTo?: string;
}

/** Options of `StreamReplay`. */
export interface ReplayOptions extends RevivingOptions {
  /** The group that is to run them again. Default `'workers'`; with `copyTo` the group that must have finished them, default none. */
  group?: string;
  /** A stream that they are added to as new tasks, for all of its groups, instead of being run again in place. It may be the same. */
  copyTo?: string;
}

const { group } = HANDLER_OPTIONS;

const copyTo: Option<string, string | undefined> = {
  read: (given, where) => {
    if (given !== undefined) assertStreamName(given, `${where}: `);
    return given;
  },
};

export const REPLAY_OPTIONS = {
  ...REVIVING_OPTIONS,
  group: { ...group, read: (given, where) => (given === undefined ? undefined : group.read(given, where)) },
  copyTo,
} satisfies TableOf<ReplayOptions>;

const RANGE = { from: fromBound, to: toBound };

export interface CheckedRange {
  /** Ids. */
  readonly from: string;
  readonly to: string;
  readonly upTo: string | undefined;
}

/**
 * @param call what the messages of errors begin with
 * @throws RedisStreamsConfigError for one that says nothing, or that cannot be
 */
export function checkedRange(given: ReplayRange, call: string): CheckedRange {
  const where = `the range of ${call}`;
  const options = plainObject(given, where);
  assertKnownKeys(options, [...Object.keys(RANGE), 'all', 'upTo'], where);
  const { from, to } = readOptions(RANGE, options, `${where}: `);
  const { all, upTo } = given;
  if (upTo !== undefined) assertEntryId(upTo, `${where}: upTo`);
  const isNarrow = from !== undefined || to !== undefined;
  if (isNarrow === (all === true))
    throw new RedisStreamsConfigError(`${where} must have from or to, or else { all: true } for all that is kept.`);
  if (from !== undefined && to !== undefined && compareEntryIds(from, to) > 0)
    throw new RedisStreamsConfigError(`${where} ends before it begins: from ${from} to ${to}.`);
  return { from: from ?? FIRST_ID, to: to ?? LAST_ID, upTo };
}
