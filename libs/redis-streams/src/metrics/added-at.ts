import { entryTimeMs } from '../wire/entry-id.js';

const DIGITS = 13;
/** Of the higher half, and how much one of them is worth. */
const HIGHER = 7;
const WORTH = 1_000_000;
const ZERO = 48;
const DASH = 45;

/**
 * The same as `entryTimeMs`, at a sixth of its price where the time has thirteen digits, as it has until 2286: it is asked twice for each task. Halves
 * stay within 32 bits, which processors reckon with at once.
 */
export function addedAtMs(id: string): number {
  if (id.charCodeAt(DIGITS) !== DASH) return entryTimeMs(id);
  let higher = 0;
  for (let place = 0; place < HIGHER; place++) higher = (higher * 10 + id.charCodeAt(place) - ZERO) | 0;
  let lower = 0;
  for (let place = HIGHER; place < DIGITS; place++) lower = (lower * 10 + id.charCodeAt(place) - ZERO) | 0;
  return higher * WORTH + lower;
}
