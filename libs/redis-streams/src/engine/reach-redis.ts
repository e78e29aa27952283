import { RedisUnavailableError } from '../model/errors/errors.js';
import type { Log } from '../model/log.js';
import type { Broker } from '../model/ports/broker.js';
import { failureText, originalError, remedyFor } from '../model/ports/redis-failure.js';
import { withTimeout } from '../timing/with-timeout.js';

const LOOK_EVERY_MS = 100;
/** Who waits for longer is told so, also where nothing is known to be wrong. */
const SILENT_MS = 1_000;

/**
 * Waits until Redis lets us in, and says at once that it waits, and why.
 * @throws RedisUnavailableError after `timeoutMs`, or at once where Redis refuses us
 */
export async function reachRedis(broker: Broker, timeoutMs: number, log: Log): Promise<void> {
  const since = performance.now();
  const answer = broker.answers();
  // After a failure nobody waits for it any more.
  answer.catch(() => undefined);
  let isTold = false;
  try {
    while (!(await withTimeout(LOOK_EVERY_MS, answer))) {
      const waitedMs = performance.now() - since;
      const { trouble } = broker;
      if (trouble?.isRefusal || waitedMs > timeoutMs) throw trouble ?? new Error('no answer');
      if (isTold || (!trouble && waitedMs < SILENT_MS)) continue;
      isTold = true;
      log.warn(`Waiting for Redis at ${broker.place}, up to ${timeoutMs} ms: ${trouble?.message ?? 'no answer yet'}.`);
    }
  } catch (error) {
    const cause = broker.trouble ?? (error as Error);
    throw new RedisUnavailableError(
      `Redis at ${broker.place} did not let us in within startupTimeoutMs (${timeoutMs} ms): ` +
        `${failureText(cause)}. ${remedyFor(cause)}`,
      { cause: originalError(cause) },
    );
  }
}
