import type { ChainLook } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { readNext } from '../../wire/tasks/chains/next.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import type { TasksOfGroup } from './many/look-all.js';
import { asLook, LOOK_AT, type RawCommon, type RawLook } from './look-at.js';

/**
 * Looks at tasks of a chain, and at what they have forwarded.
 *
 * KEYS 1 stream, 2 retry, 3 next, 4 lives, then the record of each task
 * ARGV 1 group, 2 consumer of scheduled retries, then the ids
 * Returns { what is common to all, `RawLook` of each, what each has forwarded or '' }.
 */
const lookAtChainScript = script(`
local stream, retry, next, lives, group, retryConsumer = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2]
local pause = false
${LOOK_AT}
local looks, nexts = {}, {}
for i = 3, #ARGV do
  local id = ARGV[i]
  looks[#looks + 1] = lookAt(id, KEYS[i + 2])
  local member = redis.call('ZRANGEBYLEX', next, '[' .. id .. ' ', '(' .. id .. '!', 'LIMIT', 0, 1)[1]
  nexts[#nexts + 1] = member and string.sub(member, #id + 2) or ''
end
return { common, looks, nexts }
`);

export async function lookAtChain(
  client: RedisClient,
  keys: Keys,
  { stream, group, ids }: TasksOfGroup,
): Promise<ChainLook[]> {
  const { stream: streamKey, retry, next, lives } = keys.ofGroup(stream, group);
  const records = ids.map((id) => keys.ofTask(stream, group, id).record);
  const [common, looks, nexts] = await runScript<[RawCommon, RawLook[], string[]]>(
    client,
    lookAtChainScript,
    [streamKey, retry, next, lives, ...records],
    [group, RETRY_CONSUMER, ...ids],
  );
  return looks.map((raw, n) => ({ look: asLook(common, raw), next: readNext(nexts[n]!) }));
}
