import { MOST_REVIVED_PENDING } from '../../model/ports/admin/revival.js';
import { PASSING_RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { FINISHED_UP_TO } from '../lua/history/finished-up-to.js';
import { FOLLOW_GROUP } from '../lua/history/follow-group.js';
import { GROUP_LIFE } from '../lua/history/group-life.js';
import { GROUP_MARK, MOST_IN_SNAPSHOT } from '../lua/history/group-mark.js';
import { DEADLINE_OF } from '../lua/tasks/deadline.js';
import { RING_WORKERS } from '../lua/tasks/ring-workers.js';
import { RINGS } from '../lua/tasks/rings.js';
import { STEP } from '../lua/operations/step.js';
import { LIFE } from './life.js';
import { MOST_BYTES } from './revival-call.js';

/** Idle workers are each told of as many tasks as there are; so many workers at most. */
const MOST_WORKERS_TOLD = 32;

/** What of a record tells of an earlier life. What was done once stays done. */
const OF_EARLIER_LIFE = [
  TASK_RECORD.state,
  TASK_RECORD.endedAt,
  TASK_RECORD.result,
  TASK_RECORD.error,
  TASK_RECORD.deadLetterId,
  TASK_RECORD.progress,
  TASK_RECORD.cancelAt,
  TASK_RECORD.cancelReason,
  TASK_RECORD.fields,
];

/**
 * What scripts share that give tasks a new life in place, in one group. KEYS and ARGV begin as `reviveArguments` has them.
 *
 * - `obstacle(id)`: why there is none for an entry, as `RevivalObstacle`; else nil, the fields of the entry, and until when its new life may run, or nil.
 *   Writes nothing.
 * - `revive(id, life, why)`: from the end of `reviveAll` on the entry is pending again, at the consumer of scheduled retries, due now, as if it had never been delivered; and nothing
 *   of its earlier life counts any more: no record of its end, no request to cancel it, no output.
 * - `reviveAll(act)`: does so with each id, and returns what came of each, in turn; none where the step may not be taken. What is left to a later call, is
 *   left with all that come after it, so that a bulk action goes on from there.
 * - `finish()`: the group's mark knows of it by now, so that a group which is lost at once comes back with it; and idle workers are rung. As the script's last step.
 *
 * All is checked before the first write, types of keys included; and that write adds nothing: so a full memory lets it pass, and what follows.
 * Where an ACL forbids one of the writes, the worst is a task that runs again.
 */
export const REVIVE = `
local stream, retry, lives, marks, cancels, owed, next = unpack(KEYS, 1, 7)
local group, retryConsumer, bells, place, recordOf, outputOf = unpack(ARGV, 1, 6)
local isDry, terms, newDeadline = ARGV[7] == '1', ARGV[8], ARGV[9]
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${GROUP_MARK}
${GROUP_LIFE}
${FINISHED_UP_TO}
${FOLLOW_GROUP}
${DEADLINE_OF}
${LIFE}
${RINGS}
${RING_WORKERS}
local record = KEYS[9]
${STEP}
local ids = {}
for i = stepAt(11), #ARGV do ids[#ids + 1] = ARGV[i] end
local me = groupsOf(stream)[group]
redis.call('ZCARD', retry)
local living = redis.call('HLEN', lives)
local isRevived = {}
local function isPending(id) return isRevived[id] or #redis.call('XPENDING', stream, group, id, id, 1) > 0 end

-- Those that ended where nobody knew that they live again: their worker is of an earlier version, or had them from a plain read. Who finds no room asks
-- again soon, so this is two commands. Of more pending entries there is no room anyway.
local function forgetEnded()
  if me['pending'] > ${MOST_IN_SNAPSHOT} then return end
  local isThere, ended = {}, {}
  for _, row in ipairs(redis.call('XPENDING', stream, group, '-', '+', ${MOST_IN_SNAPSHOT})) do isThere[row[1]] = true end
  for _, id in ipairs(redis.call('HKEYS', lives)) do
    if not isThere[id] then ended[#ended + 1] = id end
  end
  if #ended > 0 then redis.call('HDEL', lives, unpack(ended)) end
  living = living - #ended
end
if me and not isDry and living >= ${MOST_REVIVED_PENDING} then forgetEnded() end
local room = me and math.min(${MOST_REVIVED_PENDING} - living, ${MOST_IN_SNAPSHOT} - me['pending'])

local bytes = 0
local function count(fields)
  for i = 1, #fields do bytes = bytes + #fields[i] end
end

local revived = {}
local function obstacle(id)
  if not me then return 'no-group' end
  -- What cannot be an id is not in the stream.
  local entry = redis.pcall('XRANGE', stream, id, id)[1]
  if not entry then return 'not-in-stream' end
  count(entry[2])
  if isBefore(me['last-delivered-id'], id) then return 'not-delivered' end
  if isPending(id) then return 'pending' end
  local deadline = deadlineFor(newDeadline, entry[2])
  if deadline and deadline <= now then return 'past-deadline' end
  if not isDry and #revived >= room then return 'too-many-pending' end
  return nil, entry[2], deadline
end

local newLives, dueNow, reasons = {}, {}, {}
local function revive(id, life, why)
  revived[#revived + 1], reasons[#reasons + 1], isRevived[id] = id, why, true
  newLives[#newLives + 1] = id
  newLives[#newLives + 1] = cjson.encode(life)
  dueNow[#dueNow + 1] = string.format('%.0f', now)
  dueNow[#dueNow + 1] = id
end

local function forgetLastLife(id, why)
  -- Somebody else's key in the place of one of these has nothing of ours.
  redis.pcall('DEL', outputOf .. id)
  local record = recordOf .. id
  redis.pcall('HDEL', record, '${OF_EARLIER_LIFE.join("', '")}')
  redis.pcall('HSET', record, '${TASK_RECORD.reason}', why)
  local ttl = redis.pcall('PTTL', record)
  if type(ttl) == 'number' and ttl < ${PASSING_RECORD_TTL_MS} then redis.pcall('PEXPIRE', record, ${PASSING_RECORD_TTL_MS}) end
end

-- What they have in common is written at once.
local function makePending()
  if #revived == 0 then return end
  redis.call('ZREM', retry, '')
  redis.call('HSET', lives, unpack(newLives))
  local claim = { 'XCLAIM', stream, group, retryConsumer, 0, unpack(revived) }
  for _, option in ipairs({ 'RETRYCOUNT', 0, 'FORCE', 'JUSTID' }) do claim[#claim + 1] = option end
  redis.call(unpack(claim))
  redis.call('ZADD', retry, unpack(dueNow))
  redis.pcall('HDEL', cancels, unpack(revived))
  redis.pcall('HDEL', owed, unpack(revived))
  for i = 1, #revived do forgetLastLife(revived[i], reasons[i]) end
end

local function reviveAll(act)
  local outcomes, leftOut, halt, upTo = {}, {}, nil, nil
  if not mayStep() then return outcomes end
  for i = 1, #ids do
    -- The first is never left, however large it is: it would be left for ever.
    local outcome = halt or bytes >= ${MOST_BYTES} and 'later' or act(ids[i])
    outcomes[i] = outcome
    if outcome == 'too-many-pending' or outcome == 'later' then
      if not halt then upTo = ids[i - 1] or stepFrom end
      halt = outcome
    elseif not (outcome == 'redriven' or outcome == 'replayed') then
      leftOut[outcome] = (leftOut[outcome] or 0) + 1
    end
  end
  makePending()
  stepped(#revived, leftOut, upTo)
  return outcomes
end

local function finish()
  if #revived == 0 then return end
  me = groupsOf(stream)[group]
  local text = redis.pcall('HGET', marks, group)
  local mark = type(text) == 'string' and readMark(text) or newMark(now)
  followGroup(mark, stream, me, finishedUpTo(stream, me))
  -- They are finished a second time, and counted again, without any more of the history.
  for _, checkpoint in ipairs(mark.checkpoints) do checkpoint.finished = checkpoint.finished + #revived end
  redis.pcall('HSET', marks, group, writeMark(mark))
  ringWorkers(revived[1], math.min(#revived, ${MOST_WORKERS_TOLD}))
  ringAll()
end
`;
