import type { TrimHistoryCommand, TrimHistoryReply } from '../../../model/ports/group.js';
import type { GroupMember } from '../group-member.js';
import type { Writes } from '../../lua/run-script.js';
import type { ReportReceipts } from './report-receipts.js';
import { CONSUMER_LEASE } from '../../lua/workers/consumer-lease.js';
import { ENTRY_IDS } from '../../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { FINISHED_COUNT } from '../../lua/history/finished-count.js';
import { FINISHED_UP_TO } from '../../lua/history/finished-up-to.js';
import { FOLLOW_GROUP } from '../../lua/history/follow-group.js';
import { GROUP_LIFE } from '../../lua/history/group-life.js';
import { GROUP_MARK } from '../../lua/history/group-mark.js';
import { OTHER_GROUPS } from '../../lua/history/other-groups.js';
import { TRIM_BEFORE } from '../../lua/history/trim-before.js';
import { script } from '../../lua/script.js';

const DAY_MS = 86_400_000;

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
 * KEYS 1 stream, 2 marks, 3 next
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
local report = { reporter = ARGV[2], finished = tonumber(ARGV[3]), counted = tonumber(ARGV[4]), since = ARGV[10] }
local maxEntries, maxAge = tonumber(ARGV[5]), tonumber(ARGV[6])
local abandonAfter, foreignAfter, isStable = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == '1'
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${CONSUMER_LEASE}
${GROUP_MARK}
${GROUP_LIFE}
${OTHER_GROUPS}
${FINISHED_UP_TO}
${FOLLOW_GROUP}
${FINISHED_COUNT}
${TRIM_BEFORE}

local groups = groupsOf(stream)
local me = groups[group]
if not me then return false end
local texts = toFields(redis.call('HGETALL', marks))
local mark = readMark(texts[group]) or newMark(now)

-- 1. How far the history may go: to what every group has finished.
local hasBeen = watch(mark, texts, isStable)
local function isAbandoned(name)
  return abandonAfter > 0 and name ~= group and isSilent(stream, name, foreignAfter) and hasBeen('s', name, abandonAfter)
    and isStable
end
local at = finishedUpTo(stream, me)
local floor = at
for name, other in pairs(groups) do
  if not isAbandoned(name) then
    local otherAt = finishedUpTo(stream, other)
    if isBefore(otherAt, floor) then floor = otherAt end
  end
end
local forgotten = {}
for name, text in pairs(texts) do
  local missing = not groups[name] and readMark(text)
  if missing and hasBeen('m', name, ${DAY_MS}) then
    table.insert(forgotten, name)
    mark.watch[name] = nil
  elseif missing and isBefore(missing.at, floor) then
    floor = missing.at
  end
end

-- 2. The mark follows the group.
followGroup(mark, stream, me, at)
local receipt, passed = countReport(mark, report), nil
if maxEntries < 0 then mark.checkpoints = {} else passed = passedBy(mark, maxEntries) end
-- Refused while the memory is full, when trimming is needed most. Nobody may go by a report that is not written down.
local written = redis.pcall('HSET', marks, group, writeMark(mark))
if type(written) == 'table' and written.err then receipt = '' end
for _, name in ipairs(forgotten) do redis.call('HDEL', marks, name) end

-- 3. What may go, goes. The floor itself is finished, too, but stays: what is before it goes.
if maxEntries >= 0 then trimWhereCountable(stream, floor, maxEntries) end
local keepFrom = passed
if maxAge > 0 then
  local byAge = string.format('%.0f-0', math.max(0, now - maxAge))
  if not keepFrom or isBefore(keepFrom, byAge) then keepFrom = byAge end
end
if keepFrom and isBefore(floor, keepFrom) then keepFrom = floor end
local isMore = keepFrom and trimBefore(stream, keepFrom)
-- What tasks have forwarded is known as long as they are.
if redis.call('EXISTS', KEYS[3]) == 1 then
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if first then redis.pcall('ZREMRANGEBYLEX', KEYS[3], '-', '(' .. string.match(first[1], '^%d+')) end
end
return { isMore and 1 or 0, me['pending'], mark.life, mark.restores, receipt }
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
  const writes: Writes = { count: 0, total: 0 };
  const reply = await run<RawReply | null>(trimHistoryScript, [keys.stream, keys.marks, keys.next], args, writes);
  if (!reply) return undefined;
  const [isMore, pending, id, restores, receipt] = reply;
  receipts.add(finished, receipt, writes.total > 1);
  return { isMoreToTrim: isMore === 1, pending, life: { id, restores } };
}

type RawReply = [isMore: number, pending: number, life: string, restores: number, receipt: string];
