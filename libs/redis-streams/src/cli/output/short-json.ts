import { shortened } from './printable.js';

const MOST = 200;

/** The beginning of a value, for a line of a table. */
export function shortJson(value: unknown, most = MOST): string {
  return shortened(JSON.stringify(value) ?? 'undefined', most);
}
