import type { NoSuchGroup, RemoveGroupCommand, RemoveGroupReply } from '../../model/ports/admin/groups.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { GROUP_NAMES } from './group-names.js';
import { PRESENT_WORKERS } from '../lua/workers/present-workers.js';

/**
 * Removes a group with all that is kept of it, so that nothing is held for it any more and nothing brings it back. Records and output of
 * its tasks go by themselves, in time; its dead letters stay. Up to where it had been given entries is remembered as long as the stream keeps one of those,
 * so that a worker that comes later does not run all of them again.
 *
 * KEYS 1 stream, 2 marks, 3 removed, 4 workers that say that they are there, then those of the group that go with it
 * ARGV 1 group, 2 consumer of scheduled retries, 3 silence in ms after which a consumer counts as gone,
 *      4 1 to remove it, 0 to tell what that would do, 5 1 to remove it though entries are unfinished or somebody was heard of lately,
 *      6 1 to remember nothing
 * Returns { names of the stream's groups }, and where the group is there: 1 when it was removed, else 0, number of pending entries,
 *         1 when there are entries that it was not given yet, else 0, workers that are there, others that were heard of lately }.
 */
const removeGroupScript = script(`
local stream, marks, removed, workers = unpack(KEYS)
local group, retryConsumer, silence = ARGV[1], ARGV[2], tonumber(ARGV[3])
local isMeant, isForced, forgets = ARGV[4] == '1', ARGV[5] == '1', ARGV[6] == '1'
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${GROUP_NAMES}
${PRESENT_WORKERS}
local groups = groupsOf(stream)
local names = namesOf(groups)
local me = groups[group]
if not me then return { names } end
local present, there, lately = presentIn(workers), {}, {}
for name in pairs(present) do there[#there + 1] = name end
for _, consumer in ipairs(consumersOf(stream, group)) do
  local name = consumer['name']
  if name ~= retryConsumer and not present[name] and consumer['idle'] < silence then lately[#lately + 1] = name end
end
local last = me['last-delivered-id']
local ahead = redis.call('XRANGE', stream, last, '+', 'COUNT', 2)
local hasBacklog = #ahead == 2 or #ahead == 1 and ahead[1][1] ~= last
local isFree = #lately == 0 and me['pending'] == 0 and not hasBacklog

local function remember()
  redis.pcall('HDEL', removed, group)
  if not forgets then redis.pcall('HSET', removed, group, last) end
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local known = redis.pcall('HGETALL', removed)
  for i = 1, #known, 2 do
    if not first or isBefore(known[i + 1], first[1]) then redis.call('HDEL', removed, known[i]) end
  end
end
local removes = isMeant and #there == 0 and (isForced or isFree)
if removes then
  -- Adds nothing: before 7.0 XGROUP is refused while the memory is full, where it is a script's first write.
  redis.pcall('HDEL', marks, '')
  redis.call('XGROUP', 'DESTROY', stream, group)
  -- Fails where somebody else's key is in their place.
  redis.pcall('HDEL', marks, group)
  for i = 4, #KEYS do redis.call('DEL', KEYS[i]) end
  remember()
end
return { names, removes and 1 or 0, me['pending'], hasBacklog and 1 or 0, there, lately }
`);

type RawReply =
  | [groups: string[]]
  | [groups: string[], removed: number, pending: number, backlog: number, there: string[], lately: string[]];

export async function removeGroup(
  client: RedisClient,
  keys: Keys,
  { stream, group, silenceMs, isMeant, isForced, forgets }: RemoveGroupCommand,
): Promise<RemoveGroupReply | NoSuchGroup> {
  const { stream: streamKey, marks, removed, workers, ...of } = keys.ofGroup(stream, group);
  const go = [of.pause, of.retry, of.cancels, of.owed, of.next, of.lives, of.replays];
  const args = [group, RETRY_CONSUMER, silenceMs, isMeant ? 1 : 0, isForced ? 1 : 0, forgets ? 1 : 0];
  const reply = await runScript<RawReply>(client, removeGroupScript, [streamKey, marks, removed, workers, ...go], args);
  if (reply.length === 1) return { groups: reply[0] };
  const [, wasRemoved, pending, backlog, there, lately] = reply;
  return { isRemoved: wasRemoved === 1, pending, hasBacklog: backlog === 1, there, lately };
}
