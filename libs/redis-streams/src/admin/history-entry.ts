import { decodeEntry } from '../wire/codec.js';
import { entryTimeMs } from '../wire/entry-id.js';
import { NO_HEADERS, type RawEntry } from '../model/entry.js';

/** An entry that the stream keeps. Where `error` says why it cannot be decoded, it has no payload and no headers. */
export type HistoryEntry<T> =
  | {
      readonly id: string;
      readonly addedAt: Date;
      readonly payload: T;
      readonly headers: Readonly<Record<string, string>>;
      readonly error?: undefined;
    }
  | {
      readonly id: string;
      readonly addedAt: Date;
      readonly payload?: undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly error: Error;
    };

export function asHistoryEntry<T>({ id, fields }: RawEntry): HistoryEntry<T> {
  const addedAt = new Date(entryTimeMs(id));
  try {
    const { payload, headers } = decodeEntry(fields);
    return { id, addedAt, payload: payload as T, headers };
  } catch (error) {
    return { id, addedAt, payload: undefined, headers: NO_HEADERS, error: error as Error };
  }
}
