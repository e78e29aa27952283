/** How often a worker says that it is there, in milliseconds. */
export const SAY_PRESENT_EVERY_MS = 10_000;

/** For how long its word counts: two may be missed. In milliseconds. */
export const PRESENT_FOR_MS = 3 * SAY_PRESENT_EVERY_MS;
