import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { GroupState } from '../../model/groups/group-state.js';
import { bool, integer, note } from '../../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import {
  type Option,
  type OptionTable,
  readOptions,
  type TableOf,
  type ValuesOf,
} from '../../options/checks/option.js';
import { HANDLER_OPTIONS } from '../../options/tables/handler-options.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';

/** Which group of a stream is meant. */
export interface GroupOptions {
  /** Default `'workers'`. */
  group?: string;
}

/** Options of `StreamGroups.pause`. */
export interface PauseOptions extends GroupOptions {
  /** Why, for whoever finds the group paused. At most 1,024 bytes. Default none; of a group that is paused already, what it has. */
  reason?: string;
  /** Who pauses it: a name, a job, a ticket. At most 256 bytes. Default none; of a group that is paused already, what it has. */
  by?: string;
  /** How long, in milliseconds, by Redis's clock: then the group goes on by itself. At most ten years. Default: until it is resumed. */
  forMs?: number;
  /** The same as a time, by Redis's clock. */
  until?: Date;
}

/** Options of `StreamGroups.drain`. */
export interface DrainOptions extends PauseOptions {
  /** How long to wait at most, in milliseconds; the group stays paused. Default 600,000; 1 to 2,147,483,647. */
  timeoutMs?: number;
  /** Ends the wait with its reason; the group stays paused. Default none. */
  signal?: AbortSignal;
  /** Told of each look: at first, and once a second or more often. What it throws ends the wait. */
  onProgress?: (state: GroupState) => void;
}

/** Options of `StreamGroups.removeConsumer`. */
export interface RemoveConsumerOptions extends GroupOptions {
  /** Only tells what would be done. Default false. */
  dryRun?: boolean;
  /** Removes it though it was heard of lately: what it still runs, runs twice. Default false. */
  force?: boolean;
}

/** Options of `StreamGroups.remove`. */
export interface RemoveGroupOptions {
  /** There is no default. */
  group: string;
  /** Only tells what would be done. Default false. */
  dryRun?: boolean;
  /** Removes it though it has not finished all entries, which it then never will, or a consumer was heard of lately. Default false. */
  force?: boolean;
  /**
   * Where the group had got to is not remembered: a worker that starts with it later begins as its `startFrom` says, by default with all that the stream
   * still keeps. Default false: it goes on after what the group had been given.
   */
  forget?: boolean;
}

const MOST_MS = 10 * 365 * 24 * 3_600_000;

const until: Option<Date, Date | undefined> = {
  byDefault: 'none',
  read: (given: unknown, where) => {
    if (given === undefined) return undefined;
    if (!(given instanceof Date) || Number.isNaN(given.getTime())) fail(where, 'a valid Date', given);
    if (given.getTime() - Date.now() > MOST_MS) fail(where, 'a Date within ten years', given);
    return given;
  },
};

export const GROUP_OPTIONS = { group: HANDLER_OPTIONS.group } satisfies TableOf<GroupOptions>;

export const PAUSE_OPTIONS = {
  ...GROUP_OPTIONS,
  reason: note(1_024),
  by: note(256),
  forMs: integer({ min: 1, max: MOST_MS }),
  until,
} satisfies TableOf<PauseOptions>;

export const DRAIN_OPTIONS = {
  ...PAUSE_OPTIONS,
  timeoutMs: integer({ byDefault: 600_000, min: 1, max: LONGEST_TIMER_MS }),
  signal: {
    read: (given: AbortSignal | undefined, where) => {
      if (given !== undefined && typeof given?.addEventListener !== 'function') fail(where, 'an AbortSignal', given);
      return given;
    },
  },
  onProgress: {
    read: (given: DrainOptions['onProgress'], where) => {
      if (given !== undefined && typeof given !== 'function') fail(where, 'a function', given);
      return given;
    },
  },
} satisfies TableOf<DrainOptions>;

export const REMOVE_CONSUMER_OPTIONS = {
  ...GROUP_OPTIONS,
  dryRun: bool(false),
  force: bool(false),
} satisfies TableOf<RemoveConsumerOptions>;

export const REMOVE_GROUP_OPTIONS = {
  ...REMOVE_CONSUMER_OPTIONS,
  forget: bool(false),
  group: {
    read: (given: string | undefined, where) => {
      if (given === undefined) fail(where, 'the name of the group to remove', given);
      return HANDLER_OPTIONS.group.read(given, where);
    },
  },
} satisfies TableOf<RemoveGroupOptions>;

/**
 * @param call what the messages of errors begin with
 * @throws RedisStreamsConfigError for an unknown option, and for the first wrong one
 */
export function checkedGroupOptions<Table extends OptionTable>(
  table: Table,
  given: object | undefined,
  call: string,
): ValuesOf<Table> {
  const options = plainObject(given, `${call}: the options`);
  assertKnownKeys(options, Object.keys(table), `the options of ${call}`);
  return readOptions(table, options, `${call}: `);
}

/**
 * @returns as scripts take it; undefined where it ends by no time
 * @throws RedisStreamsConfigError for both
 */
export function endOf({ forMs, until: at }: Pick<PauseOptions, 'forMs' | 'until'>, call: string): string | undefined {
  if (forMs !== undefined && at !== undefined)
    throw new RedisStreamsConfigError(
      `${call}: forMs and until are two ways to say when the pause ends: give one of them.`,
    );
  return forMs === undefined ? at && String(at.getTime()) : `+${forMs}`;
}
