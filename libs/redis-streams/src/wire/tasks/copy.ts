import { DEAD_LETTER_HEADERS, HEADER_PREFIX, RESERVED_HEADERS, RESERVED_PREFIX } from '../header-contract.js';

const DEADLINE = RESERVED_PREFIX + RESERVED_HEADERS.deadline;
const LIFE = RESERVED_PREFIX + RESERVED_HEADERS.life;
/** What belongs to the entry that is copied: its own id, its idempotency key, who waits for it, its lives, and when it expires. */
const OF_THE_ORIGINAL: ReadonlySet<string> = new Set([
  DEADLINE,
  LIFE,
  ...[RESERVED_HEADERS.task, RESERVED_HEADERS.key, RESERVED_HEADERS.keep].map((name) => RESERVED_PREFIX + name),
]);

/**
 * The fields of a task's copy, names and values in turn.
 * @param fields of its entry, or of its dead letter
 * @param life JSON of what is known of its life: see `readLife`
 * @param deadline epoch milliseconds; undefined for none
 */
export function copyFields(fields: readonly string[], life: string, deadline: number | undefined): string[] {
  const copied: string[] = [];
  const original = wideFields(fields) ?? fields;
  for (let i = 0; i < original.length; i += 2) {
    const name = original[i]!;
    const isOfLetter = name.startsWith(`${HEADER_PREFIX}dead-`);
    if (!isOfLetter && !OF_THE_ORIGINAL.has(name)) copied.push(name, original[i + 1]!);
  }
  if (deadline !== undefined) copied.push(DEADLINE, String(deadline));
  copied.push(LIFE, life);
  return copied;
}

/** All original fields, where the letter has them as one JSON array. */
function wideFields(fields: readonly string[]): string[] | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === DEAD_LETTER_HEADERS.wideFields) return JSON.parse(fields[i + 1]!) as string[];
  }
  return undefined;
}
