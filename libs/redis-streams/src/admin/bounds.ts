import type { Option } from '../options/checks/option.js';
import { assertEntryId } from '../wire/tasks/task-id.js';

const GREATEST = '18446744073709551615';

/** Before and behind all entries. */
export const FIRST_ID = '0-1';
export const LAST_ID = `${GREATEST}-${GREATEST}`;

/** @param sequence what the id of a time ends in */
function bound(sequence: string): Option<string | Date, string | undefined> {
  return {
    read: (given, where) => {
      if (given === undefined) return undefined;
      if (given instanceof Date && !Number.isNaN(given.getTime())) return `${Math.max(0, given.getTime())}-${sequence}`;
      assertEntryId(given, `${where}, if it is no Date`);
      return given;
    },
  };
}

/** Where something begins, as an id: given as one, or as a time. */
export const fromBound = bound('0');
/** Where it ends, inclusive. */
export const toBound = bound(GREATEST);

/** The last id of a millisecond. */
export function lastIdOf(ms: number): string {
  return `${Math.max(0, ms)}-${GREATEST}`;
}
