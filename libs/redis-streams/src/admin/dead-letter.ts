import { entryTimeMs, isEntryId } from '../wire/entry-id.js';
import type { RawEntry } from '../model/entry.js';
import { DEAD_LETTER_HEADERS } from '../wire/header-contract.js';
import type { DeadLetterReason } from '../model/policy/retry-policy.js';
import { asHistoryEntry, type HistoryEntry } from './history-entry.js';

/** A task that a group gave up: why, and the entry as it was. */
export interface DeadLetter<T> {
  /** Of this letter in `{stream}:dead`; the task's own id is `entry.id`. */
  readonly id: string;
  readonly diedAt: Date;
  /** 'unknown' where something else than this library wrote the letter. */
  readonly reason: DeadLetterReason | 'unknown';
  /** The last error in one text, as in the log and in events. */
  readonly errorText: string;
  /** The last error's stack, where it had one. */
  readonly stack: string | undefined;
  readonly group: string;
  /** Runs that were started. */
  readonly deliveryCount: number;
  /** The task under its own id. Where `entry.error` is there, it could not be decoded, and has no payload. */
  readonly entry: HistoryEntry<T>;
}

const OWN_FIELDS: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS));

export function asDeadLetter<T>({ id, fields }: RawEntry): DeadLetter<T> {
  const own = new Map<string, string>();
  const original: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (OWN_FIELDS.has(fields[i]!)) own.set(fields[i]!, fields[i + 1]!);
    else original.push(fields[i]!, fields[i + 1]!);
  }
  const names = DEAD_LETTER_HEADERS;
  const wideFields = own.get(names.wideFields);
  const entryId = own.get(names.entryId);
  return {
    id,
    diedAt: new Date(entryTimeMs(id)),
    reason: (own.get(names.reason) as DeadLetterReason | undefined) ?? 'unknown',
    errorText: own.get(names.error) ?? '',
    stack: own.get(names.stack),
    group: own.get(names.group) ?? '',
    deliveryCount: Number(own.get(names.deliveries) ?? 0),
    entry: asHistoryEntry({
      id: entryId !== undefined && isEntryId(entryId) ? entryId : id,
      fields: wideFields === undefined ? original : (unpacked(wideFields) ?? original),
    }),
  };
}

/** The fields of an entry that had too many for one call of a script. */
function unpacked(wideFields: string): string[] | undefined {
  try {
    return JSON.parse(wideFields) as string[];
  } catch {
    return undefined;
  }
}
