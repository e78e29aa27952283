import { ENTRY_IDS, SERVER_NOW, TO_FIELDS, script } from './script.js';

/**
 * Writes down how far a group has finished, and trims the history below what *every* group has finished: below the
 * oldest pending entry and not beyond the last delivered one of each, those included that vanished less than a day ago.
 *
 * A mark is `<id up to which all is finished> <last delivered id> <entries finished> <server time> <checkpoints>`, and a
 * snapshot of what is pending, one line per consumer: `<consumer> <id>:<delivery count>,...`, where that is not too much.
 * With it a group that vanishes can be put together again, owners and all. Redis
 * cannot tell an entry's position before 7.0, so that checkpoints `<entries finished>:<mark>,...` remember where the mark
 * was: when `max entries` more have been finished, all before it may go.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group, 2 entries finished since the last call, 3 finished entries to keep, or -1 for all,
 *      4 age in ms beyond which they go, or 0, 5 ms after which a group whose consumers are all silent is not waited for, or 0
 * Returns { 1 when there is more to trim, else 0, number of pending entries }, or nothing without the group.
 */
export const tendHistoryScript = script(`
local stream, marks, group = KEYS[1], KEYS[2], ARGV[1]
local maxEntries, maxAge, abandonAfter = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
${SERVER_NOW}
${ENTRY_IDS}
${TO_FIELDS}
local function isAbandoned(name)
  if abandonAfter == 0 or name == group then return false end
  local consumers = redis.call('XINFO', 'CONSUMERS', stream, name)
  for i = 1, #consumers do
    if toFields(consumers[i])['idle'] < abandonAfter then return false end
  end
  return #consumers > 0
end

-- Up to and with which entry every group has finished all.
local mark, last, floor
local exists = {}
local groups = redis.call('XINFO', 'GROUPS', stream)
for i = 1, #groups do
  local fields = toFields(groups[i])
  local name, finished = fields['name'], fields['last-delivered-id']
  exists[name] = true
  if fields['pending'] > 0 then
    -- Moved back by XGROUP SETID, a group has unfinished entries below its oldest pending one, too.
    local beforePending = previous(redis.call('XPENDING', stream, name)[2])
    if isBefore(beforePending, finished) then finished = beforePending end
  end
  if name == group then mark, last = finished, fields['last-delivered-id'] end
  if not isAbandoned(name) and (not floor or isBefore(finished, floor)) then floor = finished end
end
if not mark then return false end
local pending = redis.call('XPENDING', stream, group)
local snapshot = ''
if pending[1] > 0 and pending[1] <= 1000 then
  local rows = redis.call('XPENDING', stream, group, '-', '+', 1000)
  local owned = {}
  for i = 1, #rows do
    local id, owner, count = rows[i][1], rows[i][2], rows[i][4]
    owned[owner] = owned[owner] or {}
    table.insert(owned[owner], id .. ':' .. count)
  end
  for owner, ids in pairs(owned) do snapshot = snapshot .. '\\n' .. owner .. ' ' .. table.concat(ids, ',') end
elseif pending[1] > 0 then
  snapshot = '\\n'
end
local written = toFields(redis.call('HGETALL', marks))
for name, text in pairs(written) do
  local at, time = string.match(text, '^(%S+) %S+ %d+ (%d+)')
  if at and not exists[name] then
    if now - time < 86400000 then
      if isBefore(at, floor) then floor = at end
    else
      redis.call('HDEL', marks, name)
    end
  end
end

local total, checkpoints = tonumber(ARGV[2]), {}
if written[group] then
  local before, list = string.match(written[group], '^%S+ %S+ (%d+) %d+ ?([^%s]*)')
  total = total + (tonumber(before) or 0)
  for count, id in string.gmatch(list or '', '(%d+):([%d-]+)') do checkpoints[#checkpoints + 1] = { tonumber(count), id } end
end
local passed
if maxEntries >= 0 then
  local newest = checkpoints[#checkpoints]
  if not newest or total - newest[1] >= maxEntries / 10 then checkpoints[#checkpoints + 1] = { total, mark } end
  while checkpoints[2] and total - checkpoints[2][1] >= maxEntries do table.remove(checkpoints, 1) end
  if total - checkpoints[1][1] >= maxEntries then passed = checkpoints[1][2] end
end
local list = {}
for i = 1, #checkpoints do list[i] = string.format('%.0f', checkpoints[i][1]) .. ':' .. checkpoints[i][2] end
-- Refused while the memory is full, when trimming is needed most.
redis.pcall('HSET', marks, group, mark .. ' ' .. last .. string.format(' %.0f %.0f ', total, now) .. table.concat(list, ',') .. snapshot)

-- Where little comes after the floor, it can be counted, and the length be set to what is to stay.
if maxEntries >= 0 then
  local after = redis.call('XRANGE', stream, floor, '+', 'COUNT', 101)
  if #after <= 100 then redis.call('XTRIM', stream, 'MAXLEN', '~', maxEntries + #after) end
end

local keepFrom = passed
if maxAge > 0 then
  local byAge = string.format('%.0f-0', math.max(0, now - maxAge))
  if not keepFrom or isBefore(keepFrom, byAge) then keepFrom = byAge end
end
if not keepFrom then return { 0, pending[1] } end
-- The floor itself is finished, too, but stays: what is before it goes.
if isBefore(floor, keepFrom) then keepFrom = floor end
local removed = redis.pcall('XTRIM', stream, 'MINID', '~', keepFrom)
-- It stops near 10,000, and near is all that is known: whoever removed something looks again.
if type(removed) == 'number' then return { removed > 0 and 1 or 0, pending[1] } end
-- Before 6.2 there is only MAXLEN: count what may go, page by page, and trim by so much.
for _ = 1, 20 do
  local page = redis.call('XRANGE', stream, '-', keepFrom, 'COUNT', 101)
  local count = #page
  if count > 0 and not isBefore(page[count][1], keepFrom) then count = count - 1 end
  if count == 0 then return { 0, pending[1] } end
  removed = redis.call('XTRIM', stream, 'MAXLEN', '~', redis.call('XLEN', stream) - count)
  if removed == 0 then return { 0, pending[1] } end
end
return { 1, pending[1] }
`);
