import { ReplyError } from 'ioredis';
import type { EnsureGroupReply } from '../../../model/ports/group.js';
import { asFailure } from '../../connections/redis-failure.js';
import type { ReportReceipts } from './report-receipts.js';
import type { GroupMember } from '../group-member.js';
import { ENTRY_IDS } from '../../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { asPause, PAUSE_OF, type RawPause } from '../../lua/pause-of.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { GROUP_LIFE } from '../../lua/history/group-life.js';
import { GROUP_MARK } from '../../lua/history/group-mark.js';
import { script } from '../../lua/script.js';

/**
 * Creates the group unless it exists. A group that was there before and vanished is put together again from its mark: at
 * the last entry it delivered, with what was pending back at its owners; without a snapshot of that, at its low-water mark,
 * so that nothing unfinished is skipped. Where the mark vanished too, or the stream began anew, at the first entry, as a new
 * life of the group. See `group-mark`. One that somebody removed begins where it had got to, or later where `startFrom` says so.
 *
 * KEYS 1 stream, 2 marks, 3 pause, 4 removed
 * ARGV 1 group, 2 id to create a new group at, 3 '1' when this process has used the group before
 * Returns { 'exists' | 'created' | 'restored', id it was created at, last id delivered before it vanished or was removed,
 *           entries in the stream, pending entries put back to their owners, life or '', restores in this life,
 *           why the marks cannot be used, or '', receipt (see `ReportReceipts`) or '',
 *           server time, `RawPause` or false }.
 */
const ensureGroupScript = script(`
local stream, marks, group, startAfter, known = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3] == '1'
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${GROUP_MARK}
${GROUP_LIFE}
${PAUSE_OF}
local paused = pauseOf(KEYS[3])

-- A key of another type there must not keep the group from being created.
local text, problem = redis.pcall('HGET', marks, group), ''
if type(text) == 'table' then text, problem = false, text.err end
local mark = readMark(text)

if groupsOf(stream)[group] then
  return { 'exists', '', '', 0, 0, mark and mark.life or '', mark and mark.restores or 0, problem,
    mark and mark.life and receiptOf(mark) or '', now, paused }
end
local generated = '0-0'
if redis.call('EXISTS', stream) == 1 then
  generated = toFields(redis.call('XINFO', 'STREAM', stream))['last-generated-id']
end

-- Where somebody else's key is there, or the stream began anew, nothing is known.
local function hadReached()
  local reached = redis.pcall('HGET', KEYS[4], group)
  return type(reached) == 'string' and string.match(reached, '^%d+%-%d+$') and not isBefore(generated, reached) and reached
end
local at, last, outcome = startAfter, '', 'created'
if mark and isBefore(generated, mark.at) then
  -- The stream began anew.
  mark, at, outcome = nil, '0-0', 'restored'
elseif mark then
  at, last, outcome = mark.at, mark.last, 'restored'
  -- Where it is known what was pending, nothing before the last delivered one needs to run again but that.
  if #mark.snapshot > 1 or at == last then at = last end
  -- Where the stream lost its end, what is added next may have an id from there.
  if isBefore(generated, at) then at = generated end
elseif not text and hadReached() then
  last = hadReached()
  if at ~= '$' and isBefore(at, last) or known then at = last end
elseif known or text then
  at, outcome = '0-0', 'restored'
end
redis.call('XGROUP', 'CREATE', stream, group, at, 'MKSTREAM')
redis.pcall('HDEL', KEYS[4], group)

local putBack = 0
for _, owner in ipairs(mark and ownersIn(mark) or {}) do
  for _, entry in ipairs(owner[2]) do
    redis.pcall('XCLAIM', stream, group, owner[1], 0, entry[1], 'RETRYCOUNT', entry[2], 'FORCE', 'JUSTID')
    putBack = putBack + 1
  end
end

-- From now on the group is never created at '$' again, whatever happens before its first entry is finished.
local from = at == '$' and generated or at
if mark then
  mark.restores = mark.restores + 1
  mark.again = isBefore(from, generated) and { from = from, to = generated, passed = 0 } or nil
  rewindMark(mark, from)
else
  mark = newMark(now)
end
if not mark.life then beginLife(mark) end
local pending = redis.call('XPENDING', stream, group)
mark.at, mark.last, mark.time, mark.snapshot = from, from, now, snapshotOf(stream, group, pending[1])
if pending[1] > 0 and isBefore(previous(pending[2]), from) then mark.at = previous(pending[2]) end
redis.pcall('HSET', marks, group, writeMark(mark))
return {
  outcome, at, last, redis.call('XLEN', stream), putBack, mark.life, mark.restores, problem, receiptOf(mark), now, paused
}
`);

type RawReply = [
  ...[outcome: EnsureGroupReply['outcome'], at: string, last: string, length: number, putBack: number],
  ...[life: string, restores: number, marksError: string, receipt: string, serverNow: number, pause: RawPause],
];

/**
 * @param isKnown whether this process has seen the group before: then it is never created at `$`
 * @param receipts of this worker, which begin here: it has finished nothing before it knew that the group is there
 */
export async function ensureGroup(
  { keys, group, run }: GroupMember,
  startAfter: string,
  isKnown: boolean,
  receipts: ReportReceipts,
): Promise<EnsureGroupReply> {
  const args = [group, startAfter, isKnown ? 1 : 0];
  const reply = await run<RawReply>(ensureGroupScript, [keys.stream, keys.marks, keys.pause, keys.removed], args);
  const [outcome, at, lastDelivered, length, putBack, lifeId, restores, marksError, receipt, serverNow, pause] = reply;
  receipts.begin(receipt);
  const life = lifeId === '' ? undefined : { id: lifeId, restores };
  return {
    outcome,
    at,
    lastDelivered,
    length,
    putBack,
    life,
    marksFailure: marksError === '' ? undefined : asFailure(new ReplyError(marksError)),
    serverNow,
    pause: asPause(pause),
  };
}
