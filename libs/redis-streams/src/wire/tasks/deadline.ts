import { entryTimeMs } from '../entry-id.js';

/**
 * When a task expires, in epoch milliseconds by Redis's clock.
 * @param header the value of `RESERVED_HEADERS.deadline`; one that cannot be read is none
 */
export function deadlineOf(entryId: string, header: string | undefined): number | undefined {
  if (!header || !/^\+?\d{1,15}$/.test(header)) return undefined;
  // Relative ones count from the entry's own time, which is the server's clock at its add.
  return header.startsWith('+') ? entryTimeMs(entryId) + Number(header) : Number(header);
}
