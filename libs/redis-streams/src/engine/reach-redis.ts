import { RedisUnavailableError } from '../model/errors/errors.js';
import type { Log } from '../model/log.js';
import { isRefusal, remedyFor } from '../redis/connections/connection-errors.js';
import type { Connections } from '../redis/connections/connections.js';
import { describeRedisError } from '../redis/connections/redis-errors.js';
import { within } from '../timing/within.js';

const LOOK_EVERY_MS = 100;
/** Who waits for longer is told so, also where nothing is known to be wrong. */
const SILENT_MS = 1_000;

/**
 * Waits until Redis lets us in, and says at once that it waits, and why.
 * @throws RedisUnavailableError after `timeoutMs`, or at once where Redis refuses us
 */
export async function reachRedis(connections: Connections, timeoutMs: number, log: Log): Promise<void> {
  const { client } = connections.control();
  const since = performance.now();
  const answer = client.ping();
  // After a failure nobody waits for it any more.
  answer.catch(() => undefined);
  let isTold = false;
  try {
    while (!(await within(LOOK_EVERY_MS, answer))) {
      const waitedMs = performance.now() - since;
      const trouble = connections.lastError(client);
      if ((trouble && isRefusal(trouble)) || waitedMs > timeoutMs) throw trouble ?? new Error('no answer');
      if (isTold || (!trouble && waitedMs < SILENT_MS)) continue;
      isTold = true;
      const why = trouble ? describeRedisError(trouble) : 'no answer yet';
      log.warn(`Waiting for Redis at ${connections.describe()}, up to ${timeoutMs} ms: ${why}.`);
    }
  } catch (error) {
    const cause = connections.lastError(client) ?? (error as Error);
    throw new RedisUnavailableError(
      `Redis at ${connections.describe()} did not let us in within startupTimeoutMs (${timeoutMs} ms): ` +
        `${describeRedisError(cause)}. ${remedyFor(cause)}`,
      { cause },
    );
  }
}
