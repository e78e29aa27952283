/**
 * Entry ids are `<milliseconds>-<sequence>`, two unsigned 64-bit integers.
 * Source: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids
 */
const ENTRY_ID = /^(\d{1,20})(?:-(\d{1,20}))?$/;
const MAX_SEQUENCE = 18446744073709551615n;

export function isEntryId(text: string): boolean {
  return ENTRY_ID.test(text);
}

/** The milliseconds part of an id: the server's clock when the entry was added, unless its producer chose the id. */
export function entryTimeMs(id: string): number {
  return Number.parseInt(id, 10);
}

/** Negative when `a` comes before `b`, 0 when they are the same id, positive otherwise. */
export function compareEntryIds(a: string, b: string): number {
  const dashA = a.indexOf('-');
  const dashB = b.indexOf('-');
  // Nearly always: then the texts compare as the numbers do.
  if (dashA === dashB && a.length === b.length) return a < b ? -1 : a > b ? 1 : 0;
  return compareDigits(a.slice(0, dashA), b.slice(0, dashB)) || compareDigits(a.slice(dashA + 1), b.slice(dashB + 1));
}

/** The greatest id that is smaller than `id`: a group created there delivers `id` first. */
export function previousEntryId(id: string): string {
  const match = ENTRY_ID.exec(id);
  if (!match) throw new TypeError(`Expected an entry id such as 1699980000000-0, got '${id}'.`);
  const milliseconds = BigInt(match[1]!);
  const sequence = BigInt(match[2] ?? '0');
  if (sequence > 0n) return `${milliseconds}-${sequence - 1n}`;
  return milliseconds > 0n ? `${milliseconds - 1n}-${MAX_SEQUENCE}` : '0-0';
}

/** The smallest id that is greater than `id`: ranges from there leave `id` out on every server. */
export function nextEntryId(id: string): string {
  const [milliseconds, sequence] = id.split('-') as [string, string];
  if (BigInt(sequence) < MAX_SEQUENCE) return `${milliseconds}-${BigInt(sequence) + 1n}`;
  return `${BigInt(milliseconds) + 1n}-0`;
}

/** Digits without leading zeros compare by length first: exact beyond 2^53, and cheaper than BigInt on the hot path. */
function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
