import { PayloadTooLargeError } from '../../model/errors/errors.js';

/**
 * @param max in bytes of UTF-8, names and values together
 * @throws PayloadTooLargeError
 */
export function assertSize(fields: readonly string[], max: number): void {
  // A UTF-16 unit takes at most three bytes of UTF-8: most payloads need no closer look.
  if (3 * charactersOf(fields) <= max) return;
  let bytes = 0;
  for (const field of fields) bytes += Buffer.byteLength(field);
  if (bytes > max) throw new PayloadTooLargeError(bytes, max);
}

/** How long an entry is, about. */
export function charactersOf(fields: readonly string[]): number {
  let characters = 0;
  for (const field of fields) characters += field.length;
  return characters;
}
