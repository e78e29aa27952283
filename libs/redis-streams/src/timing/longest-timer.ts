/** Node turns a longer delay into 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
