import { LEASE_IN_CONSUMER_NAME, RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { TrimHistoryCommand, TrimHistoryReply } from '../../model/ports/group.js';
import type { GroupMember } from './group-member.js';
import type { ReportReceipts } from './report-receipts.js';
import { GROUP_MARK } from '../lua/group-mark.js';
import type { Writes } from '../lua/run-script.js';
import { ENTRY_IDS, SERVER_NOW, TO_FIELDS, script } from '../lua/script.js';

/**
 * Writes down how far a group has got (see `group-mark`), and trims the history below what *every* group has finished: below
 * the oldest pending entry and not beyond the last delivered one of each, those included that vanished and were missed for
 * less than a day.
 *
 * With ARGV 7, a group is not waited for that has been silent for so long: nobody wrote its mark, and each of its consumers
 * was silent for three of its leases, or, with nothing pending, for longer than any read blocks; a foreign one for ARGV 8.
 * It is judged only while the link is stable, as after a frozen server all look silent.
 *
 * Sent twice, it counts once.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group, 2 reporter: a name for this process, 3 entries it has finished so far, 4 those of them that it knows to be
 *      counted, 5 finished entries to keep, or -1 for all, 6 age in ms beyond which they go, or 0,
 *      7 ms after which a silent group is not waited for, or 0, 8 idle time after which a foreign consumer is silent,
 *      9 '1' while the link is stable,
 *      10 receipt of the reporter's report before its last one, or '': see `ReportReceipts`
 * Returns { 1 when there is more to trim, else 0, number of pending entries, life, restores in it, receipt }, or nothing
 *         without the group.
 */
const trimHistoryScript = script(`
local stream, marks, group = KEYS[1], KEYS[2], ARGV[1]
local reporter, finished, counted = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local maxEntries, maxAge = tonumber(ARGV[5]), tonumber(ARGV[6])
local abandonAfter, foreignAfter, isStable = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == '1'
local DAY, HOUR, LONGEST_BLOCK = 86400000, 3600000, 65000
${SERVER_NOW}
${ENTRY_IDS}
${TO_FIELDS}
${GROUP_MARK}

if redis.call('EXISTS', stream) == 0 then return false end
local groups, known = redis.call('XINFO', 'GROUPS', stream), {}
for i = 1, #groups do
  groups[i] = toFields(groups[i])
  known[groups[i]['name']] = groups[i]
end
local me = known[group]
if not me then return false end
local written = toFields(redis.call('HGETALL', marks))
local mark = readMark(written[group]) or { finished = 0, time = now, checkpoints = {}, reports = {}, watch = {} }

-- For how long others have been seen in a state. A step is as long as nobody looked, but never so long that one would do.
local elapsed = math.max(0, now - mark.time)
local watched = mark.watch
mark.watch = {}
local function hasBeen(state, name, limit)
  local other, before = readMark(written[name]), watched[name]
  local seen = { state = state, ms = 0, time = other and other.time or 0 }
  if before and before.state == state and before.time == seen.time then
    seen.ms = before.ms
    if state == 'm' or isStable then seen.ms = seen.ms + math.min(elapsed, HOUR, limit / 4) end
  end
  mark.watch[name] = seen
  return seen.ms >= limit
end
local function isSilent(name)
  local consumers = redis.call('XINFO', 'CONSUMERS', stream, name)
  for i = 1, #consumers do
    local consumer = toFields(consumers[i])
    local lease = tonumber(string.match(consumer['name'], '${LEASE_IN_CONSUMER_NAME}') or '')
    local silence = foreignAfter
    if lease and lease >= 200 then
      silence = consumer['pending'] > 0 and 3 * lease or math.max(3 * lease, LONGEST_BLOCK)
    end
    if consumer['name'] ~= '${RETRY_CONSUMER}' and consumer['idle'] < silence then return false end
  end
  return true
end
local function isAbandoned(name)
  return abandonAfter > 0 and name ~= group and isSilent(name) and hasBeen('s', name, abandonAfter) and isStable
end

-- Up to and with which entry each group, and every group, has finished all.
local floor
for name, fields in pairs(known) do
  fields.at = fields['last-delivered-id']
  if fields['pending'] > 0 then
    -- Moved back by XGROUP SETID, a group has unfinished entries below its oldest pending one, too.
    local beforePending = previous(redis.call('XPENDING', stream, name)[2])
    if isBefore(beforePending, fields.at) then fields.at = beforePending end
  end
  if not isAbandoned(name) and (not floor or isBefore(fields.at, floor)) then floor = fields.at end
end
local forgotten = {}
for name, text in pairs(written) do
  local other = not known[name] and readMark(text)
  if other and hasBeen('m', name, DAY) then
    forgotten[#forgotten + 1], mark.watch[name] = name, nil
  elseif other and isBefore(other.at, floor) then
    floor = other.at
  end
end

local last = me['last-delivered-id']
if not mark.life then
  beginLife(mark)
elseif isBefore(last, mark.last) then
  -- Moved back, or destroyed and created, by others than us.
  beginLife(mark)
  rewindMark(mark, me.at)
end
local again = comesAgain(mark)
if again and again.passed == 0 and not isBefore(last, again.to) then again.passed = now end
mark.again = again

for i, report in ipairs(mark.reports) do
  if report[1] == reporter then
    counted = report[2]
    table.remove(mark.reports, i)
    break
  end
end
local added = math.max(0, finished - counted)
mark.finished = mark.finished + added
-- What a report adds was finished after the receipt, but maybe before its sender could tell: it may lie before the checkpoints
-- that were taken since, and must not count as finished after them.
local receiptOf = mark.life .. ':' .. mark.restores .. ':'
local since = 0
if string.sub(ARGV[10], 1, #receiptOf) == receiptOf then since = tonumber(string.sub(ARGV[10], #receiptOf + 1)) end
for _, checkpoint in ipairs(mark.checkpoints) do
  if checkpoint[3] >= since then checkpoint[1] = checkpoint[1] + added end
end
if finished > 0 then table.insert(mark.reports, 1, { reporter, math.max(finished, counted) }) end
if #mark.reports > 100 then table.remove(mark.reports) end

local checkpoints, passed = mark.checkpoints, nil
if maxEntries < 0 then
  mark.checkpoints = {}
else
  local newest = checkpoints[#checkpoints]
  if not newest or mark.finished - newest[1] >= maxEntries / 10 then
    checkpoints[#checkpoints + 1] = { mark.finished, me.at, mark.finished }
  end
  while checkpoints[2] and mark.finished - checkpoints[2][1] >= maxEntries do table.remove(checkpoints, 1) end
  if mark.finished - checkpoints[1][1] >= maxEntries then passed = checkpoints[1][2] end
end
mark.at, mark.last, mark.time, mark.snapshot = me.at, last, now, snapshotOf(stream, group, me['pending'])
-- Refused while the memory is full, when trimming is needed most.
redis.pcall('HSET', marks, group, writeMark(mark))
for _, name in ipairs(forgotten) do redis.call('HDEL', marks, name) end

local function answer(isMore)
  return { isMore and 1 or 0, me['pending'], mark.life, mark.restores, receiptOf .. string.format('%.0f', mark.finished) }
end
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
if not keepFrom then return answer(false) end
-- The floor itself is finished, too, but stays: what is before it goes.
if isBefore(floor, keepFrom) then keepFrom = floor end
local removed = redis.pcall('XTRIM', stream, 'MINID', '~', keepFrom)
-- It stops near 10,000, and near is all that is known: whoever removed something looks again.
if type(removed) == 'number' then return answer(removed > 0) end
-- Before 6.2 there is only MAXLEN: count what may go, page by page, and trim by so much.
for _ = 1, 20 do
  local page = redis.call('XRANGE', stream, '-', keepFrom, 'COUNT', 101)
  local count = #page
  if count > 0 and not isBefore(page[count][1], keepFrom) then count = count - 1 end
  if count == 0 then return answer(false) end
  removed = redis.call('XTRIM', stream, 'MAXLEN', '~', redis.call('XLEN', stream) - count)
  if removed == 0 then return answer(false) end
end
return answer(true)
`);

/** undefined when the group is gone. @param receipts of this reporter */
export async function trimHistory(
  { keys, group, run }: GroupMember,
  command: TrimHistoryCommand,
  receipts: ReportReceipts,
): Promise<TrimHistoryReply | undefined> {
  const { reporter, finished, counted, maxEntries = -1, maxAgeMs, abandonGroupAfterMs, foreignAfterMs } = command;
  const args = [
    ...[group, reporter, finished, counted, maxEntries, maxAgeMs],
    ...[abandonGroupAfterMs, foreignAfterMs, command.isStable ? 1 : 0, receipts.beforeLast],
  ];
  const writes: Writes = { count: 0 };
  const reply = await run<RawReply | null>(trimHistoryScript, [keys.stream, keys.marks], args, writes);
  if (!reply) return undefined;
  const [isMore, pending, id, restores, receipt] = reply;
  receipts.add(finished, receipt, writes.count > 1);
  return { isMoreToTrim: isMore === 1, pending, life: { id, restores } };
}

type RawReply = [isMore: number, pending: number, life: string, restores: number, receipt: string];
