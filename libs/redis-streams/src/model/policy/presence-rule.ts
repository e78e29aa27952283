/** How often a worker says that it is there, in milliseconds. */
export const SAY_PRESENT_EVERY_MS = 10_000;

/** For how long its word counts: two may be missed. In milliseconds. */
export const PRESENT_FOR_MS = 3 * SAY_PRESENT_EVERY_MS;

/** A word that would count for longer was said before the server's clock was set back: it counts no more. In milliseconds. */
export const LATEST_WORD_MS = 2 * PRESENT_FOR_MS;

/** Whoever does not say so is gone after such a silence, in milliseconds: no read of ours blocks for longer. */
export const GONE_AFTER_MS = 65_000;
