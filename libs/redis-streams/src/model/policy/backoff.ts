/** How long a failed entry waits before its next run. */
export interface BackoffOptions {
  /** Wait after the first failure, in milliseconds; 0 retries at once. Default 1,000; 0 to 2,592,000,000. */
  initialMs?: number;
  /** Growth per further failure; 1 keeps the wait constant. Default 2; 1 to 100. */
  factor?: number;
  /** The longest wait, in milliseconds. Default 300,000; 0 to 2,592,000,000. */
  maxMs?: number;
  /** The random part: 0.2 spreads a wait over ±20%, so that a thousand failures do not return at once. Default 0.2; 0 to 1. */
  jitter?: number;
}

/**
 * The wait in milliseconds after the given number of failed runs, 1 or more; at most 30 days. It cannot be async. What is no
 * finite number of 0 or more, and what it throws, counts as one second, and is warned of once.
 */
export type BackoffFunction = (deliveryCount: number, error: Error) => number;

export type ResolvedBackoffOptions = Readonly<Required<BackoffOptions>>;

/** What stands in for a wait that is no usable number. */
export const FALLBACK_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30 * 24 * 3_600_000;

export function isUsableDelay(delay: unknown): delay is number {
  return typeof delay === 'number' && Number.isFinite(delay) && delay >= 0;
}

/** A wait that Redis and timers can be given, whoever computed it. */
export function usableDelayMs(delay: number): number {
  return isUsableDelay(delay) ? Math.min(Math.round(delay), LONGEST_DELAY_MS) : FALLBACK_DELAY_MS;
}

/** Exponential backoff with jitter. `random` is a number from 0 up to 1. */
export function backoffMs(options: ResolvedBackoffOptions, failures: number, random: number): number {
  // A power beyond all numbers is Infinity, and 0 times that is none.
  const growth = Math.min(options.factor ** Math.max(0, failures - 1), Number.MAX_VALUE);
  const wait = Math.min(options.maxMs, options.initialMs * growth);
  return Math.round(wait * (1 + options.jitter * (2 * random - 1)));
}
