/**
 * Of a delayed task that is due later than this consumers learn by themselves, as their looks come more often (`LONGEST_SWEEP_INTERVAL_MS`),
 * in milliseconds. Of one that is due sooner some are told, and who has added it sees to it, too.
 */
export const LEARNT_IN_TIME_MS = 10_000;
