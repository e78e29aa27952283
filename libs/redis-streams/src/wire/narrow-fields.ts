import { EncodeError } from '../model/errors/errors.js';
import { decodeEntry, jsonCodec } from './codec.js';
import { isHeaderField } from './header-contract.js';

/** A script can pass about 8,000 values to one command: so many are safe. */
const MOST_VALUES = 7_000;

/**
 * Fields of an entry that a script can append: where they are too many, the payload is one JSON field, and arrives the same.
 * @throws EncodeError for too many headers
 */
export function narrowFields(fields: string[]): string[] {
  if (fields.length <= MOST_VALUES) return fields;
  const narrow = jsonCodec.encode(decodeEntry(fields).payload);
  for (let i = 0; i < fields.length; i += 2) if (isHeaderField(fields[i]!)) narrow.push(fields[i]!, fields[i + 1]!);
  if (narrow.length <= MOST_VALUES) return narrow;
  throw new EncodeError(
    `A task has at most ${MOST_VALUES / 2} fields, its headers alone are ${narrow.length / 2 - 1}.`,
  );
}
