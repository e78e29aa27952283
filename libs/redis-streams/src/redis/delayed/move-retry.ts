import type { MoveCommand } from '../../model/ports/tasks/own-ids.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { RING_WORKERS } from '../lua/tasks/ring-workers.js';
import { RINGS } from '../lua/tasks/rings.js';

/** So many workers are told of a retry that is due earlier: one may have died, and the others would find nothing. */
const WORKERS_TOLD = 2;

/**
 * Gives a retry that is scheduled another time. Those workers of the group are rung that were heard of last: they look when it is due.
 *
 * KEYS 1 stream, 2 retry, 3 ears of the task
 * ARGV 1 group, 2 id, 3 when it is due: `+` and ms from now, or epoch ms, 4 consumer of scheduled retries, 5 what channels begin with,
 *      6 place for rings
 * Returns 1 when it is scheduled so, 0 when no retry of it is scheduled.
 */
const moveRetryScript = script(`
local stream, retry, ears = KEYS[1], KEYS[2], KEYS[3]
local group, id, retryConsumer, bells, place = ARGV[1], ARGV[2], ARGV[4], ARGV[5], ARGV[6]
${SERVER_NOW}
${TABLES}
${RINGS}
${RING_WORKERS}
if not groupsOf(stream)[group] then return 0 end
local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
if not row or row[2] ~= retryConsumer then return 0 end
local ms = string.match(ARGV[3], '^%+(%d+)$')
-- Adds nothing, so that it is not refused while the memory is full, and then what follows is not, either.
redis.call('ZREM', retry, '')
redis.call('ZADD', retry, string.format('%.0f', math.max(now, ms and now + ms or tonumber(ARGV[3]))), id)
ringEars(ears, id)
ringWorkers(id, ${WORKERS_TOLD})
ringAll()
return 1
`);

/** @returns whether a retry of it is scheduled */
export async function moveRetry(
  client: RedisClient,
  keys: Keys,
  { stream, id, group, due }: MoveCommand,
): Promise<boolean> {
  const { stream: streamKey, retry, bells, place } = keys.ofGroup(stream, group);
  const { ears } = keys.ofTask(stream, group, id);
  const args = [group, id, due, RETRY_CONSUMER, bells, place];
  return (await runScript<number>(client, moveRetryScript, [streamKey, retry, ears], args)) === 1;
}
