import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { asClaimReply, type RawClaimReply } from '../lua/claim-reply.js';
import type { ClaimDueCommand, ClaimReply } from '../../model/ports/claims.js';
import { SERVER_NOW, script } from '../lua/script.js';

/**
 * Claims parked entries whose retry is due; each claim starts a delivery, so that the count goes up by one.
 *
 * KEYS 1 stream, 2 retry
 * ARGV 1 group, 2 consumer, 3 retryConsumer consumer, 4 how many at most, 5 number of ids that are late by their worker's clock
 *      (the server's has been set back), then these; then ids not to take: a run of theirs goes on here
 * Returns { server time, due time of the next parked entry or false, claimed: { id, delivery count, fields }...,
 *           ids that are no longer in the stream }.
 */
export const claimDueScript = script(`
local stream, retry = KEYS[1], KEYS[2]
local group, consumer, retryConsumer, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
${SERVER_NOW}
local late, busy = tonumber(ARGV[5]), {}
for i = 6 + late, #ARGV do busy[ARGV[i]] = true end
local busyCount = #ARGV - 5 - late

local counts, take = {}, {}
-- Some more than asked for, as ids whose entry is no longer parked are only dropped.
local due = redis.call('ZRANGEBYSCORE', retry, '-inf', now, 'LIMIT', 0, limit + 100 + busyCount)
for i = 6, 5 + late do
  local score = tonumber(redis.call('ZSCORE', retry, ARGV[i]) or '0')
  if score > now then due[#due + 1] = ARGV[i] end
end
for i = 1, #due do
  if #take >= limit then break end
  local id = due[i]
  if not busy[id] then
    redis.call('ZREM', retry, id)
    local row = redis.call('XPENDING', stream, group, id, id, 1, retryConsumer)[1]
    if row then
      take[#take + 1] = id
      counts[id] = row[4] + 1
    end
  end
end

local claimed, gone = {}, {}
for first = 1, #take, 5000 do
  local ids = { unpack(take, first, math.min(first + 4999, #take)) }
  local entries = redis.call('XCLAIM', stream, group, consumer, 0, unpack(ids))
  for i = 1, #entries do
    if entries[i] then
      local id = entries[i][1]
      claimed[#claimed + 1] = { id, counts[id], entries[i][2] }
      counts[id] = nil
    end
  end
  -- Deleted or trimmed: some versions return nothing and keep it pending.
  for i = 1, #ids do
    if counts[ids[i]] then
      redis.call('XACK', stream, group, ids[i])
      gone[#gone + 1] = ids[i]
    end
  end
end
-- The next one that this consumer could take.
local next = false
local heads = redis.call('ZRANGE', retry, 0, busyCount, 'WITHSCORES')
for i = 1, #heads, 2 do
  if not busy[heads[i]] then
    next = heads[i + 1]
    break
  end
end
return { now, next, claimed, gone }
`);

export async function claimDue(member: GroupMember, { limit, notThese, late }: ClaimDueCommand): Promise<ClaimReply> {
  const { keys, group, consumer } = member;
  const args = [group, consumer, RETRY_CONSUMER, limit, late.length, ...late, ...notThese];
  return asClaimReply(await member.run<RawClaimReply>(claimDueScript, [keys.stream, keys.retry], args));
}
