import type { RawEntry } from '../../../model/entry.js';
import type { EndedKey } from './delivery.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../../wire/header-contract.js';
import { readKeyHeader } from '../../../wire/key-header.js';

/** Undefined where there is none, or another group's end counts. The entry need not be decodable. */
export function freedKeyOf({ id, fields }: RawEntry, group: string): EndedKey | undefined {
  const terms = readKeyHeader(headerOf(fields, RESERVED_HEADERS.key));
  if (terms?.group !== group) return undefined;
  const taskId = headerOf(fields, RESERVED_HEADERS.task) ?? id;
  return { name: terms.key, taskId, byAnyEnd: terms.until === 'finished' };
}

function headerOf(fields: readonly string[], name: string): string | undefined {
  const field = RESERVED_PREFIX + name;
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === field) return fields[i + 1];
  return undefined;
}
