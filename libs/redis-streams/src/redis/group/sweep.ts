import { DISTURBED_BEYOND } from '../../model/policy/lease-rule.js';
import type { SweepCommand, SweepReply } from '../../model/ports/claims.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { asClaimReply, type RawClaimReply } from '../lua/claim-reply.js';
import { CANCELS_AMONG } from '../lua/tasks/cancels-among.js';
import { NEXT_DELAYED } from '../lua/delayed/next-delayed.js';
import { LIVES_AMONG } from '../lua/tasks/lives-among.js';
import { OWED_AMONG } from '../lua/tasks/owed-among.js';
import { CLAIMED } from '../lua/fragments/claimed.js';
import { CONSUMER_LEASE } from '../lua/workers/consumer-lease.js';
import { IS_THERE_AMONG_MANY } from '../lua/fragments/is-there.js';
import { EVERY, PENDING_PAGES } from '../lua/fragments/pending-pages.js';
import { PAUSE_OF } from '../lua/pause-of.js';
import { SAY_PRESENT } from '../lua/workers/say-present.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { script } from '../lua/script.js';

/** Pending entries of others that one sweep looks at, so that it does not hold up everyone. */
const ROWS_PER_SWEEP = 2_000;

/**
 * Finds entries that nobody works on and claims them:
 * 1. own pending entries that no run here knows (a reply that a broken connection swallowed), at their old count;
 * 2. entries of other consumers that idle longer than *their owner's* lease, at their count plus one: so many as asked
 *    for, which is one or none, as one of them may be what killed its owner; where the server's clock was set back, their leases
 *    begin anew first;
 * 3. entries that are scheduled for a retry and that the retry set lacks are put back into it, due now.
 *
 * Idle time runs on while the server is frozen or down, so that part 2 leaves out owners whose lease the caller calls unstable,
 * and those whose lease is not much longer than the server's clock is from where it was expected: it is far from there when the
 * server was frozen just before the script ran.
 *
 * While the group is paused it claims nothing. It also says that this worker is there.
 *
 * KEYS 1 stream, 2 retry, 3 cancels, 4 delayed, 5 owed, 6 pause, 7 lives, 8 workers
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 how many to claim at most, 5 expected server time, or 0 to judge nobody,
 *      6 idle time after which a foreign consumer's entry is taken, 7 the lease that it is judged by otherwise,
 *      8 and 9 consumer and id to go on from, or empty,
 *      10 how many to take over from other consumers,
 *      11 1 to look at the leases of all consumers, also of those that hold nothing, else 0,
 *      12 number of slots of this worker, 13 how many of them stuck runs hold,
 *      14 number of ranges of leases that are unstable, then for each: longer than, shorter than, in ms; then the ids that run here
 * Returns { server time, when the next retry is due or false, claimed: { id, delivery count, fields, owner }...,
 *           ids that are no longer in the stream, what was claimed and is to be cancelled: id and reason in turn,
 *           when the next delayed task is due or false, what was claimed and is done: id and what it owes in turn, `RawPause` or false,
 *           what was claimed and lives again: id and its life in turn,
 *           consumer and id to go on from or empty, shortest lease seen or 0,
 *           1 when there is more to take over, else 0, number of consumers, where it looked at all, else 0 }.
 */
const sweepScript = script(`
local stream, retry, cancels, delayed, owed, pause, lives, workers = unpack(KEYS)
local group, consumer, retryConsumer, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local expected, foreignAfter, foreignLease = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local fromConsumer, fromId, takeOver, looksAround = ARGV[8], ARGV[9], tonumber(ARGV[10]), ARGV[11] == '1'
local slots, stuck, unstable, running = ARGV[12], ARGV[13], tonumber(ARGV[14]), {}
for i = 15 + 2 * unstable, #ARGV do running[ARGV[i]] = true end
local sideKeys = { retry, delayed, owed, pause, lives }
${SERVER_NOW}
${IS_THERE_AMONG_MANY}
${TABLES}
${CONSUMER_LEASE}
${PENDING_PAGES}
${CLAIMED}
${CANCELS_AMONG}
${NEXT_DELAYED}
${OWED_AMONG}
${LIVES_AMONG}
${PAUSE_OF}
${SAY_PRESENT}
local paused = isThere(pause) and pauseOf(pause)
if paused then hear(pause, consumer) end
local function claim(id, count, owner)
  local entry = redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count)[1]
  return addClaimed(entry, id, count, owner)
end
-- All consumers tell of themselves what the summary tells of those that hold something, in the same order.
local consumers = looksAround and consumersOf(stream, group)
local function holders()
  if not consumers then return redis.call('XPENDING', stream, group)[4] or {} end
  local holding = {}
  for _, one in ipairs(consumers) do
    if one['pending'] > 0 then holding[#holding + 1] = { one['name'], one['pending'] } end
  end
  return holding
end

-- 1. Own entries that no run here knows.
local function claimOwn()
  local rows = redis.call('XPENDING', stream, group, '-', '+', ${EVERY}, consumer)
  for i = 1, #rows do
    if #claimed >= limit then return end
    if not running[rows[i][1]] then claim(rows[i][1], rows[i][4], consumer) end
  end
end

-- 2. What dead workers left. So many rows are looked at; a sweep that did not get to the end says where it was.
local budget, takenOver, isMore = ${ROWS_PER_SWEEP}, 0, false
local function isStable(lease)
  if math.abs(now - expected) > lease * ${DISTURBED_BEYOND} then return false end
  for i = 15, 13 + 2 * unstable, 2 do
    if lease > tonumber(ARGV[i]) and lease < tonumber(ARGV[i + 1]) then return false end
  end
  return true
end
-- Given out or renewed in this very millisecond; or later than now, by a clock that was set back since: no idle time is below zero, and
-- whoever died with it would hold it until the clock is there again. Its lease begins now, in either case.
local function beginLease(owner, id)
  redis.call('XCLAIM', stream, group, owner, 0, id, 'JUSTID')
end
local function takeOverFrom(owner, silence)
  -- A foreign consumer may have an empty name.
  local reached = owner == fromConsumer and fromId ~= '' and fromId or '-'
  for rows in pendingPages(owner, reached, 100) do
    for i = 1, #rows do
      local id, idle, count = rows[i][1], rows[i][3], rows[i][4]
      reached = id
      if idle >= silence and not running[id] then
        if takenOver >= takeOver or #claimed >= limit then
          isMore = true
          return reached
        end
        if claim(id, count + 1, owner) then takenOver = takenOver + 1 end
      elseif idle == 0 then
        beginLease(owner, id)
      end
    end
    budget = budget - #rows
    if budget <= 0 then break end
  end
  return reached
end

-- 3. Rare, and found from the oldest on, so many at a time.
local function restoreRetries()
  local pages = 0
  for rows in pendingPages(retryConsumer, '-', 1000) do
    for i = 1, #rows do
      -- Refused while the memory is full, which must not fail the rest.
      if not redis.call('ZSCORE', retry, rows[i][1]) then redis.pcall('ZADD', retry, now, rows[i][1]) end
    end
    pages = pages + 1
    if pages == 20 then return end
  end
end

-- Others come in one order, so that the next sweep goes on where this one was; where that one is gone, it begins anew.
local others, first, scheduled = {}, 1, 0
for _, holder in ipairs(holders()) do
  local name, count = holder[1], tonumber(holder[2])
  if name == consumer then
    if not paused then claimOwn() end
  elseif name == retryConsumer then
    scheduled = count
  else
    others[#others + 1] = name
    if name == fromConsumer then first = #others end
  end
end

local nextConsumer, nextId = '', ''
for i = first, paused and 0 or #others do
  local owner = others[i]
  local lease = leaseOf(owner)
  if isStable(lease or foreignLease) then
    local reached = takeOverFrom(owner, lease or foreignAfter)
    if budget <= 0 or isMore then
      nextConsumer, nextId = owner, reached
      break
    end
  end
end

-- Who holds nothing now may hold something soon, and die of it: whoever looks must know how often to look.
local shortest = 0
local function note(name)
  local lease = name ~= consumer and leaseOf(name)
  if lease and (shortest == 0 or lease < shortest) then shortest = lease end
end
for _, name in ipairs(others) do note(name) end
for _, other in ipairs(consumers or {}) do note(other['name']) end

if scheduled > 0 and scheduled > redis.call('ZCARD', retry) then restoreRetries() end
local taken = {}
for i = 1, #claimed do taken[i] = claimed[i][1] end
-- Where it was not there, it has been restored above.
local nextDue = (scheduled > 0 or isThere(retry)) and redis.call('ZRANGE', retry, 0, 0, 'WITHSCORES')[2]
forgetOwed(gone)
for i = 1, #gone do endLife(gone[i]) end
-- Last, as with a full memory only what follows another write is let pass.
sayPresent(consumer, slots, stuck)
return {
  now, nextDue or false, claimed, gone, cancelsAmong(taken), nextDelayed(), owedAmong(taken), paused,
  livesAmong(taken), nextConsumer, nextId, shortest, isMore and 1 or 0, consumers and #consumers or 0
}
`);

/** Longer than any lease. */
const FOREVER_MS = 1e12;

export async function sweep(member: GroupMember, command: SweepCommand): Promise<SweepReply> {
  const { keys, group, consumer } = member;
  const { from, unstable } = command;
  const args = [
    ...[group, consumer, RETRY_CONSUMER, command.limit, Math.round(command.expectedServerNow ?? 0)],
    ...[command.foreignAfterMs, command.foreignLeaseMs, from.consumer, from.id],
    ...[command.takeOver, command.looksAround ? 1 : 0],
    ...[command.slots, command.stuck, unstable.length],
    ...unstable.flatMap(({ longerThanMs, shorterThanMs }) => [
      Math.floor(longerThanMs),
      Math.ceil(Math.min(shorterThanMs, FOREVER_MS)),
    ]),
    ...command.running,
  ];
  const { stream, retry, cancels, delayed, owed, pause, lives, workers } = keys;
  const reply = await member.run<
    [...RawClaimReply, nextConsumer: string, nextId: string, shortest: number, isMore: number, consumers: number]
  >(sweepScript, [stream, retry, cancels, delayed, owed, pause, lives, workers], args);
  const [, , , , , , , , , nextConsumer, nextId, shortest, isMore, consumers] = reply;
  return {
    ...asClaimReply(reply),
    next: { consumer: nextConsumer, id: nextId },
    shortestLeaseMs: shortest || undefined,
    isMoreToTakeOver: isMore === 1,
    consumers,
  };
}
