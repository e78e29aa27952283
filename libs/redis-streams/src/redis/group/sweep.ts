import type { SweepCommand, SweepReply } from '../../model/ports/claims.js';
import { LEASE_IN_CONSUMER_NAME, RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { asClaimReply, type RawClaimReply } from '../lua/claim-reply.js';
import { DISTURBED_BEYOND, SHORTEST_LEASE_MS } from '../../model/policy/lease-rule.js';
import { EVERY, SERVER_NOW, script } from '../lua/script.js';

/**
 * Finds entries that nobody works on and claims them:
 * 1. own pending entries that no run here knows (a reply that a broken connection swallowed), at their old count;
 * 2. entries of other consumers that idle longer than *their owner's* lease, at their count plus one: so many as asked
 *    for, which is one or none, as one of them may be what killed its owner;
 * 3. parked entries that the retry set lacks are put back into it, due now.
 *
 * Idle time runs on while the server is frozen or down, so that part 2 leaves out owners whose lease the caller calls unstable,
 * and those whose lease is not much longer than the server's clock is from where it was expected: it is far from there when the
 * server was frozen just before the script ran.
 *
 * KEYS 1 stream, 2 retry
 * ARGV 1 group, 2 consumer, 3 retryConsumer consumer, 4 how many to claim at most, 5 expected server time, or 0 to judge nobody,
 *      6 idle time after which a foreign consumer's entry is taken, 7 the lease that it is judged by otherwise,
 *      8 and 9 consumer and id to go on from, or empty,
 *      10 how many to take over from other consumers,
 *      11 1 to look at the leases of all consumers, also of those that hold nothing, else 0,
 *      12 number of ranges of leases that are unstable, then for each: longer than, shorter than, in ms; then the ids that run here
 * Returns { server time, due time of the next parked entry or false, claimed: { id, delivery count, fields, owner }...,
 *           ids that are no longer in the stream, consumer and id to go on from or empty, shortest lease seen or 0,
 *           1 when there is more to take over, else 0, number of consumers, where it looked at all, else 0 }.
 */
const sweepScript = script(`
local stream, retry = KEYS[1], KEYS[2]
local group, consumer, retryConsumer, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local expected, foreignAfter, foreignLease = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local fromConsumer, fromId, takeOver, unstable = ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[12])
${SERVER_NOW}
local function isStable(lease)
  if math.abs(now - expected) > lease * ${DISTURBED_BEYOND} then return false end
  for i = 13, 11 + 2 * unstable, 2 do
    if lease > tonumber(ARGV[i]) and lease < tonumber(ARGV[i + 1]) then return false end
  end
  return true
end
local running = {}
for i = 13 + 2 * unstable, #ARGV do running[ARGV[i]] = true end

local claimed, gone = {}, {}
local function claim(id, count, owner)
  local entry = redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count)[1]
  if entry then
    claimed[#claimed + 1] = { id, count, entry[2], owner }
  else
    redis.call('XACK', stream, group, id)
    gone[#gone + 1] = id
  end
end

local summary = redis.call('XPENDING', stream, group)
local holders = summary[4] or {}
local parked, shortest, budget = 0, 0, 2000
local nextConsumer, nextId = '', ''

for h = 1, #holders do
  local owner = holders[h][1]
  if owner == retryConsumer then
    parked = tonumber(holders[h][2])
  elseif owner == consumer then
    local rows = redis.call('XPENDING', stream, group, '-', '+', ${EVERY}, consumer)
    for i = 1, #rows do
      if #claimed >= limit then break end
      if not running[rows[i][1]] then claim(rows[i][1], rows[i][4], owner) end
    end
  end
end

local takenOver, isMore = 0, false
local function judge(owner, lease)
  local start = owner == fromConsumer and fromId or '-'
  repeat
    if budget <= 0 then break end
    local rows = redis.call('XPENDING', stream, group, start, '+', 100, owner)
    for i = 1, #rows do
      local id, idle, count = rows[i][1], rows[i][3], rows[i][4]
      if idle >= (lease or foreignAfter) and not running[id] then
        if takenOver >= takeOver or #claimed >= limit then
          isMore = true
          return id
        end
        local before = #claimed
        claim(id, count + 1, owner)
        takenOver = takenOver + #claimed - before
      end
    end
    budget = budget - #rows
    -- Exclusive ranges are newer than 6.0: the last row of a page comes again as the first of the next.
    if #rows == 100 then start = rows[100][1] end
  until #rows < 100
  return start
end

local function leaseOf(name)
  local lease = tonumber(string.match(name, '${LEASE_IN_CONSUMER_NAME}') or '')
  -- Shorter or longer than any of ours: a foreign name that only looks like one.
  if not lease or lease < ${SHORTEST_LEASE_MS} or lease > 9007199254740991 then return nil end
  if name ~= consumer and (shortest == 0 or lease < shortest) then shortest = lease end
  return lease
end

-- Holders come in one order, so that a sweep that did not get to the end goes on where it was; gone, it begins anew.
local first = 1
for h = 1, #holders do
  if holders[h][1] == fromConsumer then first = h end
end
for h = 1, #holders do
  local owner = holders[h][1]
  if owner ~= retryConsumer and owner ~= consumer then
    local lease = leaseOf(owner)
    if h >= first and budget > 0 and not isMore and isStable(lease or foreignLease) then
      local reached = judge(owner, lease)
      if budget <= 0 or isMore then nextConsumer, nextId = owner, reached end
    end
  end
end

-- Who holds nothing now may hold something soon, and die of it: whoever looks must know how often to look.
local consumers = ARGV[11] == '1' and redis.call('XINFO', 'CONSUMERS', stream, group) or {}
for i = 1, #consumers do
  for j = 1, #consumers[i], 2 do
    if consumers[i][j] == 'name' then leaseOf(consumers[i][j + 1]) end
  end
end

-- Parked entries that the set lacks are rare, and found from the oldest on, so many at a time.
if parked > 0 and parked > redis.call('ZCARD', retry) then
  local start, rows, pages = '-', nil, 0
  repeat
    rows = redis.call('XPENDING', stream, group, start, '+', 1000, retryConsumer)
    for i = 1, #rows do
      -- Refused while the memory is full, which must not fail the rest.
      if not redis.call('ZSCORE', retry, rows[i][1]) then redis.pcall('ZADD', retry, now, rows[i][1]) end
    end
    pages = pages + 1
    if #rows == 1000 then start = rows[1000][1] end
  until #rows < 1000 or pages == 20
end

local nextDue = redis.call('ZRANGE', retry, 0, 0, 'WITHSCORES')
return { now, nextDue[2] or false, claimed, gone, nextConsumer, nextId, shortest, isMore and 1 or 0, #consumers }
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
    unstable.length,
    ...unstable.flatMap(({ longerThanMs, shorterThanMs }) => [
      Math.floor(longerThanMs),
      Math.ceil(Math.min(shorterThanMs, FOREVER_MS)),
    ]),
    ...command.running,
  ];
  const reply = await member.run<
    [...RawClaimReply, nextConsumer: string, nextId: string, shortest: number, isMore: number, consumers: number]
  >(sweepScript, [keys.stream, keys.retry], args);
  const [, , , , nextConsumer, nextId, shortest, isMore, consumers] = reply;
  return {
    ...asClaimReply(reply),
    next: { consumer: nextConsumer, id: nextId },
    shortestLeaseMs: shortest || undefined,
    isMoreToTakeOver: isMore === 1,
    consumers,
  };
}
