import { LEASE_IN_CONSUMER_NAME } from '../../model/consumer-name.js';
import { EVERY, SERVER_NOW, type Script } from './script.js';

/**
 * Finds entries that nobody works on and claims them:
 * 1. own pending entries that no run here knows (a reply that a broken connection swallowed), at their old count;
 * 2. entries of other consumers that idle longer than *their owner's* lease, at their count plus one;
 * 3. parked entries that the retry set lacks are put back into it, due now.
 *
 * Idle time runs on while the server is frozen or down, so that part 2 works only inside a window of server time:
 * frozen before the script ran, the server's clock has left the window, and nothing is taken.
 *
 * KEYS 1 stream, 2 retry
 * ARGV 1 group, 2 consumer, 3 parking consumer, 4 how many to claim at most,
 *      5 and 6 window of server time for part 2 (none: 0 and 0), 7 how long all has been calm in ms,
 *      8 the shortest disturbance that would have been noticed: shorter leases than three times it are not judged,
 *      9 idle time after which a foreign consumer's entry is taken, 10 calm that this takes,
 *      11 and 12 consumer and id to go on from, or empty, then the ids that run here
 * Returns { server time, due time of the next parked entry or false, claimed: { id, delivery count, fields, owner }...,
 *           ids that are no longer in the stream, consumer and id to go on from or empty, shortest lease seen or 0 }.
 */
export const sweepScript: Script = {
  name: 'nrsSweep',
  numberOfKeys: 2,
  lua: `
local stream, retry = KEYS[1], KEYS[2]
local group, consumer, parking, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local earliest, latest = tonumber(ARGV[5]), tonumber(ARGV[6])
local calm, noticed = tonumber(ARGV[7]), tonumber(ARGV[8])
local foreignAfter, foreignCalm = tonumber(ARGV[9]), tonumber(ARGV[10])
local fromConsumer, fromId = ARGV[11], ARGV[12]
${SERVER_NOW}
local running = {}
for i = 13, #ARGV do running[ARGV[i]] = true end

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
  if owner == parking then
    parked = tonumber(holders[h][2])
  elseif owner == consumer then
    local rows = redis.call('XPENDING', stream, group, '-', '+', ${EVERY}, consumer)
    for i = 1, #rows do
      if #claimed >= limit then break end
      if not running[rows[i][1]] then claim(rows[i][1], rows[i][4], owner) end
    end
  end
end

local function judge(owner, lease)
  local start = owner == fromConsumer and fromId or '-'
  repeat
    if budget <= 0 or #claimed >= limit then break end
    local rows = redis.call('XPENDING', stream, group, start, '+', 100, owner)
    for i = 1, #rows do
      local id, idle, count = rows[i][1], rows[i][3], rows[i][4]
      if #claimed >= limit then break end
      if idle >= (lease or foreignAfter) and not running[id] then claim(id, count + 1, owner) end
    end
    budget = budget - #rows
    -- Exclusive ranges are newer than 6.0: the last row of a page comes again as the first of the next.
    if #rows == 100 then start = rows[100][1] end
  until #rows < 100
  return start
end

local inWindow = now >= earliest and now <= latest
for h = 1, #holders do
  local owner = holders[h][1]
  if owner ~= parking and owner ~= consumer then
    local lease = tonumber(string.match(owner, '${LEASE_IN_CONSUMER_NAME}') or '')
    if lease and (shortest == 0 or lease < shortest) then shortest = lease end
    local patient = calm >= (lease and lease / 2 or foreignCalm) and (not lease or lease >= 3 * noticed)
    if inWindow and patient and budget > 0 and owner >= fromConsumer then
      local reached = judge(owner, lease)
      if budget <= 0 then nextConsumer, nextId = owner, reached end
    end
  end
end

if parked > redis.call('ZCARD', retry) then
  local start, rows = '-', nil
  repeat
    rows = redis.call('XPENDING', stream, group, start, '+', 1000, parking)
    for i = 1, #rows do
      -- Refused while the memory is full, which must not fail the rest.
      if not redis.call('ZSCORE', retry, rows[i][1]) then redis.pcall('ZADD', retry, now, rows[i][1]) end
    end
    if #rows == 1000 then start = rows[1000][1] end
  until #rows < 1000
end

local first = redis.call('ZRANGE', retry, 0, 0, 'WITHSCORES')
return { now, first[2] or false, claimed, gone, nextConsumer, nextId, shortest }
`,
};
