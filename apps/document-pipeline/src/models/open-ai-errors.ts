import { RetryLaterError, UnrecoverableError } from 'nestjs-redis-streams';
import { APIError } from 'openai';

const DEFAULT_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** Calls the endpoint, and turns what it refuses into what the queue understands. */
export async function asTaskError<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toTaskError(error);
  }
}

/**
 * 429 and 503: later, without counting the run. 400, 401, 403, 404, 422 and a used-up quota: never, as a repetition meets
 * the same refusal. Anything else stays what it is, and is retried by the stream's backoff.
 */
export function toTaskError(error: unknown, now = Date.now()): unknown {
  if (!(error instanceof APIError) || error.status === undefined) return error;
  const message = `The model endpoint answered ${error.message}`;
  if (error.code === 'insufficient_quota') return new UnrecoverableError(message, { cause: error });
  switch (error.status) {
    case 429:
    case 503:
      return new RetryLaterError(waitMs(error.headers?.get('retry-after'), now), message, { cause: error });
    case 400:
    case 401:
    case 403:
    case 404:
    case 422:
      return new UnrecoverableError(message, { cause: error });
    default:
      return error;
  }
}

/** Retry-After holds seconds or a date. */
function waitMs(retryAfter: string | null | undefined, now: number): number {
  if (!retryAfter) return DEFAULT_WAIT_MS;
  const seconds = Number(retryAfter);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(wait) ? Math.min(LONGEST_WAIT_MS, Math.max(0, Math.round(wait))) : DEFAULT_WAIT_MS;
}
