/** How long a failed entry waits before its next run. */
export interface BackoffOptions {
  /** Wait after the first failure, in milliseconds. Default 1,000; 0 retries at once. */
  initialMs?: number;
  /** Growth per further failure. Default 2; 1 keeps the wait constant. */
  factor?: number;
  /** The longest wait, in milliseconds. Default 300,000 (5 minutes). */
  maxMs?: number;
  /** The random part, 0 to 1: 0.2 spreads a wait over ±20%, so that a thousand failures do not return at once. Default 0.2. */
  jitter?: number;
}

/** The wait in milliseconds after the given number of failed runs, 1 or more. */
export type BackoffFunction = (deliveryCount: number, error: Error) => number;

export type ResolvedBackoffOptions = Readonly<Required<BackoffOptions>>;

export const DEFAULT_BACKOFF: ResolvedBackoffOptions = { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.2 };

/** Exponential backoff with jitter. `random` is a number from 0 up to 1. */
export function backoffMs(options: ResolvedBackoffOptions, failures: number, random: number): number {
  const wait = Math.min(options.maxMs, options.initialMs * options.factor ** Math.max(0, failures - 1));
  return Math.round(wait * (1 + options.jitter * (2 * random - 1)));
}
