import type { DelayedPage, DelayedPlace } from '../../model/ports/tasks/own-ids.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

/**
 * Tasks that wait for their time, the next one first, from a place on that need not be there any more: that is found by halving, as many
 * may be due at one time.
 *
 * KEYS 1 delayed
 * ARGV 1 and 2 when that place is due, and its id, which comes after it; 3 how many
 * Returns { { id, when it is due }... }.
 */
const listDelayedScript = script(`
local delayed, due, id = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local low, high = 0, redis.call('ZCARD', delayed)
while low < high do
  local middle = math.floor((low + high) / 2)
  local found = redis.call('ZRANGE', delayed, middle, middle, 'WITHSCORES')
  local score = tonumber(found[2])
  if score < due or (score == due and found[1] <= id) then low = middle + 1 else high = middle end
end
return redis.call('ZRANGE', delayed, low, low + ARGV[3] - 1, 'WITHSCORES')
`);

export async function listDelayed(
  client: RedisClient,
  keys: Keys,
  stream: string,
  { after, count }: DelayedPage,
): Promise<DelayedPlace[]> {
  const args = [after.dueAt, after.id, count];
  const flat = await runScript<string[]>(client, listDelayedScript, [keys.ofDelayed(stream).delayed], args);
  const places: DelayedPlace[] = [];
  for (let i = 0; i < flat.length; i += 2) places.push({ id: flat[i]!, dueAt: Number(flat[i + 1]) });
  return places;
}
