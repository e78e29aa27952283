import { isProcessName } from '../consumer-name.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../header-contract.js';

const KEEP = RESERVED_PREFIX + RESERVED_HEADERS.keep;

/**
 * The process that waits for a task, as its entry says.
 * @param header the value of `RESERVED_HEADERS.keep`: anybody may have written it, so that whatever cannot be a process counts as none
 */
export function waiterOf(header: string | undefined): string | undefined {
  return header && isProcessName(header) ? header : undefined;
}

/** The same of an entry that is not decoded. */
export function waiterAmong(fields: readonly string[]): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === KEEP) return waiterOf(fields[i + 1]);
  return undefined;
}
