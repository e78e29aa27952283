import type { Forward } from '../../../model/forward.js';
import type { Owed, TaskNote } from '../../../model/ports/settlement.js';

/**
 * What a task owes, as it is stored: its forwards, each its stream and its fields, or its entry's id once it is there; and for how
 * long its record and its output are to be kept, in milliseconds or '', where anything is written of it at all.
 */
interface StoredOwed {
  readonly forwards: readonly (readonly [stream: string, fieldsOrId: readonly string[] | string])[];
  readonly note?: readonly [ttl: string, outputTtl: string];
}

/** undefined for what this library has not written. */
export function readOwed(text: string): Owed | undefined {
  try {
    const { forwards, note } = JSON.parse(text) as StoredOwed;
    return { forwards: forwards.map(asForward), note: note && asNote(note) };
  } catch {
    return undefined;
  }
}

function asForward([stream, stored]: StoredOwed['forwards'][number]): Forward {
  return typeof stored === 'string' ? { stream, fields: [], id: stored } : { stream, fields: stored };
}

/** What there was to write was written when it was stored. */
function asNote([ttl, outputTtl]: readonly [string, string]): TaskNote {
  return { state: 'completed', fields: [], ttlMs: asNumber(ttl), outputTtlMs: asNumber(outputTtl) };
}

function asNumber(text: string): number | undefined {
  return text === '' ? undefined : Number(text);
}
