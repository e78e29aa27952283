import { integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import { type Option, readOptions, type TableOf } from '../../options/checks/option.js';
import { INSTEAD_OF_ADD_OPTIONS } from '../../options/tables/foreign-options.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import { ADD_OPTIONS, type AddOptions } from '../adding/add-options.js';
import { TASK_OPTIONS, type TaskOptions } from '../status/task-options.js';

/** Options of `StreamTasks.result`. */
export interface WaitOptions extends TaskOptions {
  /** How long to wait at most, in milliseconds; the task goes on after that. Default 30,000; 1 to 2,147,483,647. */
  timeoutMs?: number;
  /** Ends the wait, not the task, with its reason: that of a request whose client has gone, for example. Default none. */
  signal?: AbortSignal;
}

/** Options of `StreamTasks.run`. */
export interface RunOptions extends AddOptions, WaitOptions {}

const signal: Option<AbortSignal, AbortSignal | undefined> = {
  byDefault: 'none',
  read: (given, where) => {
    if (given !== undefined && !isSignal(given)) fail(where, 'an AbortSignal', given);
    return given;
  },
};

/** One of another realm or a polyfill is none by its class. */
function isSignal(given: unknown): boolean {
  const { aborted, addEventListener } = (given ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

export const WAIT_OPTIONS = {
  ...TASK_OPTIONS,
  timeoutMs: integer({ byDefault: 30_000, min: 1, max: LONGEST_TIMER_MS }),
  signal,
} satisfies TableOf<WaitOptions>;

const RUN_NAMES = Object.keys({ ...ADD_OPTIONS, ...WAIT_OPTIONS });

/**
 * @param call what the messages of errors begin with
 * @returns what `add` takes, still to be checked by it, and what the wait takes
 * @throws RedisStreamsConfigError for an unknown option, and for the first wrong one of the wait's
 */
export function checkedRunOptions(given: RunOptions | undefined, call: string) {
  const options = plainObject(given, `${call}: the options`) as RunOptions;
  assertKnownKeys(options, RUN_NAMES, `the options of ${call}`, INSTEAD_OF_ADD_OPTIONS);
  const { group: _group, timeoutMs: _timeoutMs, signal: _signal, ...add } = options;
  const wait = readOptions(WAIT_OPTIONS, options, `${call}: `);
  // Whose result is waited for, its end counts.
  if (typeof add.idempotency === 'object') add.idempotency = { group: wait.group, ...add.idempotency };
  return { add, wait };
}
