import { SERVER_NOW, type Script } from './script.js';

/**
 * Writes down how far a group has finished, and trims the history below what *every* group has finished: below the
 * oldest pending entry or the last delivered one of each.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group, 2 entries finished since the last call, 3 id below which the history may go, or empty,
 *      4 age in ms beyond which it may go, or 0, 5 ms after which a group whose consumers are all silent is not waited for, or 0
 * Returns { entries that the group has finished, its mark, 1 when there is more to trim } or nothing without the group.
 */
export const tendHistoryScript: Script = {
  name: 'nrsTendHistory',
  numberOfKeys: 2,
  lua: `
local stream, marks, group = KEYS[1], KEYS[2], ARGV[1]
local trimTo, maxAge, abandonAfter = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
${SERVER_NOW}
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end
local function isBefore(a, b)
  local aMs, aSequence = parts(a)
  local bMs, bSequence = parts(b)
  return aMs < bMs or (aMs == bMs and aSequence < bSequence)
end
local function previous(id)
  local ms, sequence = parts(id)
  -- Beyond 2^53 Lua cannot count by one: the end of the millisecond before is early enough.
  if sequence > 0 and sequence < 9007199254740992 then return string.format('%.0f-%.0f', ms, sequence - 1) end
  return ms == 0 and '0-0' or string.format('%.0f-18446744073709551615', ms - 1)
end
local function toFields(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
local function isAbandoned(name)
  if abandonAfter == 0 or name == group then return false end
  local consumers = redis.call('XINFO', 'CONSUMERS', stream, name)
  for i = 1, #consumers do
    if toFields(consumers[i])['idle'] < abandonAfter then return false end
  end
  return #consumers > 0
end

-- Up to and with which entry each group has finished all.
local mark, last, floor
local groups = redis.call('XINFO', 'GROUPS', stream)
for i = 1, #groups do
  local fields = toFields(groups[i])
  local name, finished = fields['name'], fields['last-delivered-id']
  if fields['pending'] > 0 then finished = previous(redis.call('XPENDING', stream, name)[2]) end
  if name == group then mark, last = finished, fields['last-delivered-id'] end
  if not isAbandoned(name) and (not floor or isBefore(finished, floor)) then floor = finished end
end
if not mark then return false end

local total = tonumber(ARGV[2])
local written = redis.call('HGET', marks, group)
if written then total = total + (tonumber(string.match(written, '^%S+ %S+ (%d+)$')) or 0) end
-- Refused while the memory is full, when trimming is needed most.
redis.pcall('HSET', marks, group, mark .. ' ' .. last .. ' ' .. string.format('%.0f', total))

local oldestKept = trimTo
if maxAge > 0 then
  local byAge = string.format('%.0f-0', math.max(0, now - maxAge))
  if oldestKept == '' or isBefore(oldestKept, byAge) then oldestKept = byAge end
end
if oldestKept == '' then return { total, mark, 0 } end
-- The floor itself is finished, too, but stays: what is before it goes.
if isBefore(floor, oldestKept) then oldestKept = floor end

local removed = redis.pcall('XTRIM', stream, 'MINID', '~', oldestKept)
if type(removed) == 'number' then return { total, mark, removed >= 10000 and 1 or 0 } end
-- Before 6.2 there is only MAXLEN: count what may go, page by page, and trim by so much.
for _ = 1, 20 do
  local page = redis.call('XRANGE', stream, '-', oldestKept, 'COUNT', 101)
  local count = #page
  if count > 0 and not isBefore(page[count][1], oldestKept) then count = count - 1 end
  if count == 0 then return { total, mark, 0 } end
  removed = redis.call('XTRIM', stream, 'MAXLEN', '~', redis.call('XLEN', stream) - count)
  if removed == 0 then return { total, mark, 0 } end
end
return { total, mark, 1 }
`,
};
