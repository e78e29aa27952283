import { HANDLER_OPTIONS } from '../options/tables/handler-options.js';
import { integer } from '../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import { type Option, type OptionTable, readOptions, type TableOf, type ValuesOf } from '../options/checks/option.js';

/** Options of `RedisStreamsHealthIndicator.liveness`. */
export interface LivenessOptions {
  /**
   * For how long handlers that hold every slot of a loop must have ignored that they were told to end, by their `timeoutMs`, by a deadline
   * or by a cancel, in milliseconds; time in which Redis was away does not count. Default 300,000; 1,000 or more. Shorter restarts processes whose handlers only take long to notice.
   */
  stuckMs?: number;
}

/** Options of `RedisStreamsHealthIndicator.readiness`. */
export interface ReadinessOptions {
  /**
   * Not ready while more tasks than that wait to be run at once: entries that no worker was given, retries and delayed tasks that are due. Default
   * none; 1 or more. Redis 6 counts up to 2,000 of a long backlog, and a few dozen where entries are wide or groups are many: `degraded` where that is less
   * than this; set `maxOldestAgeMs`, too.
   */
  maxBacklog?: number;
  /** Not ready while the oldest entry that no worker was given has been waiting for longer, in milliseconds. Default none; 1 or more. */
  maxOldestAgeMs?: number;
  /** The streams that these limits are for. Default those that this process consumes, each in the group of its handler. */
  streams?: readonly string[];
  /** The group of `streams`. Default `'workers'`. */
  group?: string;
  /** How long to wait for Redis's answers, all of them together, in milliseconds. Default 1,000; 1 to 60,000. */
  timeoutMs?: number;
}

const LIVENESS = { stuckMs: integer({ byDefault: 300_000, min: 1_000 }) } satisfies TableOf<LivenessOptions>;

const streams: Option<readonly string[], readonly string[] | undefined> = {
  read: (given, where) => {
    if (given === undefined) return undefined;
    const fits = Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === 'string');
    if (!fits) fail(where, "a list of streams, as in ['ai:inference:queue']", given);
    return given;
  },
};

const READINESS = {
  maxBacklog: integer({ min: 1 }),
  maxOldestAgeMs: integer({ min: 1 }),
  streams,
  group: HANDLER_OPTIONS.group,
  timeoutMs: integer({ byDefault: 1_000, min: 1, max: 60_000 }),
} satisfies TableOf<ReadinessOptions>;

/** What makes a group's backlog too long, where it may be. */
export interface BacklogLimits {
  readonly maxBacklog: number | undefined;
  readonly maxOldestAgeMs: number | undefined;
}

export interface ResolvedReadinessOptions {
  readonly timeoutMs: number;
  /** undefined where no backlog is too long. */
  readonly limits: BacklogLimits | undefined;
  /** undefined: what this process consumes. */
  readonly targets: readonly StreamGroup[] | undefined;
}

export interface StreamGroup {
  readonly stream: string;
  readonly group: string;
}

/** @throws RedisStreamsConfigError for an unknown option, and for the first wrong one */
export function resolveLivenessOptions(given: LivenessOptions | undefined): ValuesOf<typeof LIVENESS> {
  return read(LIVENESS, given, 'liveness');
}

/** @throws RedisStreamsConfigError for an unknown option, for the first wrong one, and for one that does nothing without another */
export function resolveReadinessOptions(given: ReadinessOptions | undefined): ResolvedReadinessOptions {
  const { maxBacklog, maxOldestAgeMs, streams: names, group, timeoutMs } = read(READINESS, given, 'readiness');
  const hasLimits = maxBacklog !== undefined || maxOldestAgeMs !== undefined;
  if (names && !hasLimits)
    fail('readiness: streams', 'left out without maxBacklog or maxOldestAgeMs, as they are what these are for', names);
  if (given?.group !== undefined && !names)
    fail('readiness: group', 'left out without streams, as it is the group of these', group);
  return {
    timeoutMs,
    limits: hasLimits ? { maxBacklog, maxOldestAgeMs } : undefined,
    targets: names && [...new Set(names)].map((stream) => ({ stream, group })),
  };
}

function read<Table extends OptionTable>(table: Table, given: object | undefined, call: string): ValuesOf<Table> {
  const options = plainObject(given, `${call}: the options`);
  assertKnownKeys(options, Object.keys(table), `the options of ${call}`);
  return readOptions(table, options, `${call}: `);
}
