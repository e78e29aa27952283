import type { ClaimDueCommand, ClaimReply } from '../../model/ports/claims.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { asClaimReply, type RawClaimReply } from '../lua/claim-reply.js';
import { CANCELS_AMONG } from '../lua/tasks/cancels-among.js';
import { NEXT_DELAYED } from '../lua/delayed/next-delayed.js';
import { LIVES_AMONG } from '../lua/tasks/lives-among.js';
import { OWED_AMONG } from '../lua/tasks/owed-among.js';
import { CLAIMED } from '../lua/fragments/claimed.js';
import { IS_THERE_AMONG_MANY } from '../lua/fragments/is-there.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { PAUSE_OF } from '../lua/pause-of.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';

/**
 * Claims entries whose scheduled retry is due; each claim starts a delivery, so that the count goes up by one. While the group is paused
 * it claims none.
 *
 * KEYS 1 stream, 2 retry, 3 cancels, 4 delayed, 5 owed, 6 pause, 7 lives
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 how many at most, 5 number of ids that are late by their worker's clock
 *      (the server's has been set back), then these; then ids not to take: a run of theirs goes on here
 * Returns { server time, when the next retry is due or false, claimed: { id, delivery count, fields }...,
 *           ids that are no longer in the stream, what was claimed and is to be cancelled: id and reason in turn,
 *           when the next delayed task is due or false, what was claimed and is done: id and what it owes in turn, `RawPause` or false,
 *           what was claimed and lives again: id and its life in turn }.
 */
const claimDueScript = script(`
local stream, retry, cancels, delayed, owed, pause, lives = unpack(KEYS)
local group, consumer, retryConsumer, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
${SERVER_NOW}
local late, busy = tonumber(ARGV[5]), {}
for i = 6 + late, #ARGV do busy[ARGV[i]] = true end
local busyCount = #ARGV - 5 - late
local sideKeys = { delayed, owed, pause, lives }
${IS_THERE_AMONG_MANY}
${PAUSE_OF}
${NEXT_DELAYED}
local paused = isThere(pause) and pauseOf(pause)
if paused then
  hear(pause, consumer)
  return { now, false, {}, {}, {}, nextDelayed(), {}, paused, {} }
end

local counts, take = {}, {}
-- Some more than asked for, as ids whose entry is no longer scheduled are only dropped.
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

${CLAIMED}
${ID_PAGES}
${CANCELS_AMONG}
${OWED_AMONG}
${LIVES_AMONG}
for page in idPages(take) do
  local entries, byId = redis.call('XCLAIM', stream, group, consumer, 0, unpack(page)), {}
  for i = 1, #entries do
    if entries[i] then byId[entries[i][1]] = entries[i] end
  end
  for i = 1, #page do addClaimed(byId[page[i]], page[i], counts[page[i]]) end
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
forgetOwed(gone)
for i = 1, #gone do endLife(gone[i]) end
return { now, next, claimed, gone, cancelsAmong(take), nextDelayed(), owedAmong(take), false, livesAmong(take) }
`);

export async function claimDue(member: GroupMember, { limit, notThese, late }: ClaimDueCommand): Promise<ClaimReply> {
  const { keys, group, consumer } = member;
  const args = [group, consumer, RETRY_CONSUMER, limit, late.length, ...late, ...notThese];
  const { stream, retry, cancels, delayed, owed, pause, lives } = keys;
  const names = [stream, retry, cancels, delayed, owed, pause, lives];
  return asClaimReply(await member.run<RawClaimReply>(claimDueScript, names, args));
}
