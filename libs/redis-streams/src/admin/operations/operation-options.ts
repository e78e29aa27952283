import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { bool, integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import {
  type Option,
  type OptionTable,
  readOptions,
  type TableOf,
  type ValuesOf,
} from '../../options/checks/option.js';

/** Options of every bulk action. */
export interface OperationOptions {
  /** How many a second; `Infinity` or 0 for as fast as it goes. Default 50; of a purge as fast as it goes. */
  rate?: number;
  /** Who wants it, for whoever looks at it later. At most 256 bytes. Default none. */
  by?: string;
  /** Why, as well. At most 1,024 bytes. Default none. */
  reason?: string;
}

/** Options of bulk actions that give workers something to do. */
export interface RevivingOptions extends OperationOptions {
  /** It waits while so many tasks of the group, or more, have not been delivered to any worker yet. Default 1,000; 1 to 2,000. */
  maxBacklog?: number;
}

/** Options of `DeadLetters.redrive`. */
export interface RedriveOptions extends RevivingOptions {
  /** Also letters of tasks that were redriven before, and died again; those that are named by their ids are redriven anyway. Default false. */
  again?: boolean;
  /**
   * Tasks whose entry was trimmed or deleted are added to the stream as new tasks, with ids of their own: all groups of the stream get them, not only the one
   * that had failed. Default false: such letters are left as they are.
   */
  copyTrimmed?: boolean;
}

function text(most: number): Option<string, string> {
  return {
    byDefault: 'none',
    read: (given, where) => {
      if (given === undefined) return '';
      if (typeof given !== 'string') fail(where, 'a string', given);
      const bytes = Buffer.byteLength(given);
      if (bytes > most) throw new RedisStreamsConfigError(`${where} has ${bytes} bytes, and may have ${most}. Cut it.`);
      return given;
    },
  };
}

/** 0 stands for as fast as it goes: JSON has no Infinity. */
function rate(byDefault: number): Option<number, number> {
  return {
    byDefault: byDefault === 0 ? 'none' : String(byDefault),
    read: (given, where) => {
      if (given === undefined) return byDefault;
      if (typeof given !== 'number' || Number.isNaN(given) || given < 0 || (given > 0 && given < 0.01))
        fail(where, 'how many a second: 0.01 or more, or Infinity or 0 for as fast as it goes', given);
      return given === Infinity ? 0 : given;
    },
  };
}

const COMMON = { by: text(256), reason: text(1_024) };
const REVIVING = { rate: rate(50), ...COMMON, maxBacklog: integer({ byDefault: 1_000, min: 1, max: 2_000 }) };

export const PURGE_OPTIONS = { rate: rate(0), ...COMMON } satisfies TableOf<OperationOptions>;
export const REDRIVE_OPTIONS = {
  ...REVIVING,
  again: bool(false),
  copyTrimmed: bool(false),
} satisfies TableOf<RedriveOptions>;
export const REVIVING_OPTIONS = REVIVING satisfies TableOf<RevivingOptions>;

/** As `rate` is kept. */
export function perSecond(kept: number): number {
  return kept === 0 ? Infinity : kept;
}

/**
 * @param call what the messages of errors begin with
 * @throws RedisStreamsConfigError for the first wrong option
 */
export function checkedOptions<Table extends OptionTable>(table: Table, given: object, call: string): ValuesOf<Table> {
  const options = plainObject(given, `${call}: the options`);
  assertKnownKeys(options, Object.keys(table), `the options of ${call}`);
  return readOptions(table, options, `${call}: `);
}
