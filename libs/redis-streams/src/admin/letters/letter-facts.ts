import { readLife } from '../../wire/tasks/life.js';
import type { PlannedItem } from '../../model/operations/operation.js';
import type { LetterHead } from '../../model/ports/admin/dead-letters.js';
import { DEAD_LETTER_HEADERS, RESERVED_HEADERS, RESERVED_PREFIX, HEADER_PREFIX } from '../../wire/header-contract.js';

/** What filters, plans and summaries know of a dead letter. */
export interface LetterFacts {
  readonly id: string;
  /** Of its entry; undefined where something else than this library wrote the letter. */
  readonly entryId: string | undefined;
  /** Empty where the task had none yet, or something else wrote the letter. */
  readonly group: string;
  readonly reason: string;
  readonly error: string;
  /** How often it had been redriven before it died. */
  readonly redrives: number;
  /** All of its headers, names and values in turn. */
  readonly headers: readonly string[];
}

const names = DEAD_LETTER_HEADERS;
const OWN_ID = RESERVED_PREFIX + RESERVED_HEADERS.task;

export function factsOf({ id, headers }: LetterHead): LetterFacts {
  return {
    id,
    entryId: valueOf(headers, names.entryId),
    group: valueOf(headers, names.group) ?? '',
    reason: valueOf(headers, names.reason) ?? 'unknown',
    error: valueOf(headers, names.error) ?? '',
    redrives: readLife(valueOf(headers, names.life))?.redrives ?? 0,
    headers,
  };
}

/** What `add` returned for it. */
export function taskIdOf({ id, entryId, headers }: LetterFacts): string {
  return valueOf(headers, OWN_ID) ?? entryId ?? id;
}

/** As plans show it. */
export function asPlanned(letter: LetterFacts): PlannedItem {
  const { id, group, reason, error } = letter;
  return { id, taskId: taskIdOf(letter), group, reason, error };
}

/** The value of a user's header. */
export function headerOf({ headers }: LetterFacts, name: string): string | undefined {
  return valueOf(headers, HEADER_PREFIX + name);
}

function valueOf(flat: readonly string[], name: string): string | undefined {
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
  return undefined;
}
