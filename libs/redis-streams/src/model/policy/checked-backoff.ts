import { type BackoffFunction, FALLBACK_DELAY_MS, isUsableDelay } from './backoff.js';
import { toError } from '../errors/errors.js';

/**
 * A user's backoff function, made safe: it always gives a usable number and never throws.
 * @param warn called once, however often the function is wrong
 */
export function checkedBackoff(backoff: BackoffFunction, warn: (problem: string) => void): BackoffFunction {
  let isTold = false;
  const fallBack = (problem: string) => {
    if (!isTold)
      warn(
        `retry.backoff must return milliseconds, a finite number of 0 or more, and ${problem}; retrying in ${FALLBACK_DELAY_MS} ms instead.`,
      );
    isTold = true;
    return FALLBACK_DELAY_MS;
  };
  return (deliveryCount, error) => {
    let delay: unknown;
    try {
      delay = backoff(deliveryCount, error);
    } catch (thrown) {
      return fallBack(`threw: ${toError(thrown, 'It').message}`);
    }
    if (isUsableDelay(delay)) return delay;
    if (!(delay instanceof Promise))
      return fallBack(`returned ${typeof delay === 'number' ? delay : `a value of the type ${typeof delay}`}`);
    // Nobody waits for it; that it rejects must not end the process.
    delay.catch(() => undefined);
    return fallBack('returned a promise: make the function synchronous');
  };
}
