import type { NoSuchGroup, RemoveConsumerCommand, RemoveConsumerReply } from '../../model/ports/admin/groups.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { GROUP_NAMES } from './group-names.js';
import { PRESENT_WORKERS } from '../lua/workers/present-workers.js';
import { RING_FOR_PAUSE } from './ring-for-pause.js';

/** So many entries are handed over by one script, so that it does not hold up everyone. */
const AT_ONCE = 500;

/**
 * Removes a consumer that is gone. XGROUP DELCONSUMER drops what it has pending for ever: all of it is scheduled for a retry first, due now, at
 * its delivery count, some of it with each call.
 *
 * KEYS 1 stream, 2 retry, 3 workers that say that they are there
 * ARGV 1 group, 2 consumer of scheduled retries, 3 consumer, 4 silence in ms after which it counts as gone,
 *      5 1 to remove it, 0 to tell what that would do, 6 1 to remove it though it was heard of lately,
 *      7 what channels begin with
 * Returns { names of the stream's groups }, and where the group is there: names of its consumers, and where the consumer is:
 *         1 when it was removed, else 0, how many entries it had pending, how many of them were handed over,
 *         its idle time or false, 1 when it is alive, else 0 }.
 */
const removeConsumerScript = script(`
local stream, retry, workers, group, retryConsumer, name = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]
local silence, isMeant, isForced, bells = tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6] == '1', ARGV[7]
${SERVER_NOW}
${TABLES}
${GROUP_NAMES}
${PRESENT_WORKERS}
${RING_FOR_PAUSE}
local groups = groupsOf(stream)
if not groups[group] then return { namesOf(groups) } end
local present, byName = presentIn(workers), {}
for worker in pairs(present) do byName[worker] = { pending = 0 } end
for _, consumer in ipairs(consumersOf(stream, group)) do
  if consumer['name'] ~= retryConsumer then byName[consumer['name']] = consumer end
end
local me = byName[name]
if not me then return { namesOf(groups), namesOf(byName) } end
local pending, isAlive = me['pending'], present[name] or me['idle'] < silence
local handedOver, isRemoved = 0, false
if isMeant and (isForced or not isAlive) then
  local rows = redis.call('XPENDING', stream, group, '-', '+', ${AT_ONCE}, name)
  -- Adds nothing, so that it is not refused while the memory is full, and then what follows is not, either.
  redis.call('ZREM', retry, '')
  for i = 1, #rows do
    redis.call('XCLAIM', stream, group, retryConsumer, 0, rows[i][1], 'JUSTID')
    redis.call('ZADD', retry, now, rows[i][1])
  end
  handedOver = #rows
  local left = redis.call('XPENDING', stream, group, '-', '+', 1, name)
  if #left == 0 then
    if me['name'] then redis.call('XGROUP', 'DELCONSUMER', stream, group, name) end
    redis.call('HDEL', workers, name)
    isRemoved = true
  end
end
-- Whoever hears it looks for what is due, too.
if handedOver > 0 then ringForPause() end
return {
  namesOf(groups), namesOf(byName), isRemoved and 1 or 0, pending, handedOver, me['idle'] or false, isAlive and 1 or 0
}
`);

type RawReply =
  | [groups: string[]]
  | [groups: string[], consumers: string[]]
  | [
      ...[groups: string[], consumers: string[], removed: number, pending: number],
      ...[handedOver: number, idleMs: number | null, isAlive: number],
    ];

/** What is left of many entries is for the next call: then it is not removed yet, though it was meant. */
export async function removeConsumer(
  client: RedisClient,
  keys: Keys,
  { stream, group, consumer, silenceMs, isMeant, isForced }: RemoveConsumerCommand,
): Promise<RemoveConsumerReply | NoSuchGroup> {
  const { stream: streamKey, retry, workers, bells } = keys.ofGroup(stream, group);
  const args = [group, RETRY_CONSUMER, consumer, silenceMs, isMeant ? 1 : 0, isForced ? 1 : 0, bells];
  const reply = await runScript<RawReply>(client, removeConsumerScript, [streamKey, retry, workers], args);
  if (reply.length === 1) return { groups: reply[0] };
  if (reply.length === 2) {
    return { consumers: reply[1], isRemoved: false, pending: 0, handedOver: 0, found: undefined };
  }
  const [, consumers, removed, pending, handedOver, idleMs, isAlive] = reply;
  return {
    ...{ consumers, isRemoved: removed === 1, pending, handedOver },
    found: { idleMs: idleMs ?? undefined, isAlive: isAlive === 1 },
  };
}
