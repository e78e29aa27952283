import type { GroupMember } from '../group-member.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Says that a worker is there, and how many slots it has. Streams tell of a consumer only once it was given an entry, and nothing of
 * its slots. Those whose time is over go.
 *
 * KEYS 1 workers: see `GroupKeys.workers`
 * ARGV 1 consumer, 2 slots, 3 for how many ms it counts as there unless it says so again
 */
const sayPresentScript = script(`
local workers, forMs = KEYS[1], tonumber(ARGV[3])
${SERVER_NOW}
local said = redis.call('HGETALL', workers)
for i = 1, #said, 2 do
  if now >= tonumber(string.match(said[i + 1], '^%d+ (%d+)$') or '0') then redis.call('HDEL', workers, said[i]) end
end
redis.call('HSET', workers, ARGV[1], ARGV[2] .. string.format(' %.0f', now + forMs))
redis.call('PEXPIRE', workers, forMs)
`);

export async function sayPresent({ keys, consumer, run }: GroupMember, slots: number, forMs: number): Promise<void> {
  await run(sayPresentScript, [keys.workers], [consumer, slots, forMs]);
}
