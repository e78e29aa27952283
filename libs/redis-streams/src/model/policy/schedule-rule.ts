/** A tick that is so much later than now was made before Redis's clock was set back, and by a clock that was wrong. In milliseconds. */
export const MOST_AHEAD_MS = 86_400_000;
