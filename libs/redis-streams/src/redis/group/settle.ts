import type { Noted, SettleCommand, SettleReply } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import { RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';
import { ack } from './ack.js';
import { ackResults, areResults } from './ack-results.js';
import type { GroupMember } from './group-member.js';
import { idRange } from '../lua/id-range.js';
import { pairs } from '../lua/pairs.js';
import type { Writes } from '../lua/run-script.js';
import { HOLDER_OF } from '../lua/fragments/holder.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { KEEP_NOTE, noteArguments } from '../lua/tasks/keep-note.js';
import { RINGS } from '../lua/tasks/rings.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';

/**
 * Settles the verdicts of one turn where there is more to it than acks (see `ack` and `ack-results`), each only if this consumer still owns the
 * entry at the same delivery count, and writes what is kept of each task in the same step.
 *
 * KEYS 1 stream, 2 retry, 3 dead, 4 cancels, 5 lives, then for each note in its turn: record, output, ears, and the idempotency key where it has one
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id, 6 how channels of doorbells begin,
 *      7 what a ring says of the place, 8 number of acks, then for each: id, delivery count, note
 *      next number of retries, then for each: id, delivery count, delay in ms, delivery count to keep, note
 *      next number of dead letters, then for each: id, delivery count, max length or 0, number of values, the values, note
 *      Notes are as `KEEP_NOTE` says.
 * Returns { lost: id and holder in turn, failed: id and error in turn, ids that ended as cancelled, why something could not be kept or '' }.
 * A failed dead letter leaves its entry as it is.
 *
 * Under maxmemory Redis refuses a script's first write when that adds data, and lets later ones pass: each path
 * therefore begins with a claim or an ack.
 */
const settleScript = script(`
local stream, retry, dead, cancels, lives = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, consumer, retryConsumer, bells, place = ARGV[1], ARGV[2], ARGV[3], ARGV[6], ARGV[7]
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end

local at, keyAt = 8, 6
${SERVER_NOW}
${ID_PAGES}
${HOLDER_OF}
${RINGS}
${KEEP_NOTE}
local lost, failed, cancelled = {}, {}, {}
local function owns(id, count)
  if owned[id] == tonumber(count) then return true end
  lost[#lost + 1] = id
  lost[#lost + 1] = holderOf(id)
  return false
end

-- Its entry was deleted: nothing is left to run again or to keep.
local function drop(id)
  redis.call('XACK', stream, group, id)
  lost[#lost + 1] = id
  lost[#lost + 1] = 'deleted'
  endLife(id)
end

-- A claim to itself adds nothing, so that a full memory lets it pass, and what follows.
local function touch(id, count)
  return redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count, 'JUSTID')
end

-- Whoever fails after somebody has asked to cancel it has not failed.
local function endsCancelled(id, note)
  if not areCancels or redis.pcall('HEXISTS', cancels, id) ~= 1 then return false end
  redis.call('XACK', stream, group, id)
  cancelled[#cancelled + 1] = id
  -- As long as any other end that is not a success, however long a note on a retry would have been kept.
  if note then note.ttl = ${RECORD_TTL_MS} end
  keep(id, note, 'cancelled')
  redis.pcall('HDEL', cancels, id)
  return true
end

local acks, touched = {}, false
for _ = 1, take() do
  local id, count, note = take(), take(), takeNote()
  local isFailure = note and note.state == 'dead-lettered'
  if owns(id, count) and not (isFailure and endsCancelled(id, note)) then
    acks[#acks + 1] = id
    if note then
      if not touched then touch(id, count) end
      touched = true
      note.isAgain = count ~= '1'
      keep(id, note, note.state)
    end
  end
end
for page in idPages(acks) do redis.call('XACK', stream, group, unpack(page)) end

for _ = 1, take() do
  local id, count, delay, kept, note = take(), take(), take(), take(), takeNote()
  if owns(id, count) and not endsCancelled(id, note) then
    if #redis.call('XCLAIM', stream, group, retryConsumer, 0, id, 'RETRYCOUNT', kept, 'JUSTID') > 0 then
      redis.call('ZADD', retry, now + delay, id)
      keep(id, note, '')
    else
      drop(id)
    end
  end
end

local function deadLetter(id, count, maxLen, added, note)
  touch(id, count)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if not entry then return drop(id) end
  local fields, life = entry[2], lifeOf(id)
  if life then
    added[#added + 1] = '${DEAD_LETTER_HEADERS.life}'
    added[#added + 1] = life
  end
  -- Lua cannot pass more than about 8,000 values to one call.
  if #fields + #added > 7000 then fields = { '~dead-fields', cjson.encode(fields) } end
  for i = 1, #added do fields[#fields + 1] = added[i] end
  local result
  if maxLen == '0' then
    result = redis.pcall('XADD', dead, '*', unpack(fields))
  else
    result = redis.pcall('XADD', dead, 'MAXLEN', '~', maxLen, '*', unpack(fields))
  end
  if type(result) == 'table' and result.err then
    failed[#failed + 1] = id
    failed[#failed + 1] = result.err
  else
    redis.call('XACK', stream, group, id)
    if note then
      note.fields[#note.fields + 1] = '${TASK_RECORD.deadLetterId}'
      note.fields[#note.fields + 1] = result
    end
    keep(id, note, 'dead-lettered')
  end
end

for _ = 1, take() do
  local id, count, maxLen, added, note = take(), take(), take(), takeValues(), takeNote()
  if owns(id, count) and not endsCancelled(id, note) then deadLetter(id, count, maxLen, added, note) end
end
ringAll()
return { lost, failed, cancelled, unkept }
`);

type Argument = string | number;

/** Carries verdicts out, in one of the shorter scripts where they are acks with nothing kept, or with nothing but a result. */
export function settle(member: GroupMember, command: SettleCommand): Promise<SettleReply> {
  const { acks, retries, deadLetters } = command;
  if (retries.length > 0 || deadLetters.length > 0) return settleAll(member, command);
  if (acks.every(({ note }) => note === undefined)) return ack(member, acks);
  return areResults(acks) ? ackResults(member, acks) : settleAll(member, command);
}

async function settleAll(member: GroupMember, command: SettleCommand): Promise<SettleReply> {
  const { stream, retry, dead, cancels, lives, bells, place } = member.keys;
  const { acks, retries, deadLetters } = command;
  const keys = [stream, retry, dead, cancels, lives];
  const noteOf = ({ entryId, note }: Noted & { readonly entryId: string }): Argument[] =>
    noteArguments(note, member.taskKeys(entryId), member.keys.heldKeys, keys);
  const args: Argument[] = [member.group, member.consumer, RETRY_CONSUMER, ...idRange(acks, retries, deadLetters)];
  args.push(bells, place, acks.length);
  for (const each of acks) args.push(each.entryId, each.deliveryCount, ...noteOf(each));
  args.push(retries.length);
  for (const each of retries) {
    args.push(each.entryId, each.deliveryCount, each.delayMs, each.keepCount, ...noteOf(each));
  }
  args.push(deadLetters.length);
  for (const each of deadLetters) {
    const { entryId, deliveryCount, maxLen, headers } = each;
    args.push(entryId, deliveryCount, maxLen ?? 0, headers.length, ...headers, ...noteOf(each));
  }
  const writes: Writes = { count: 0, total: 0 };
  const reply = await member.run<[string[], string[], string[], string]>(settleScript, keys, args, writes);
  const [lost, failed, cancelled, unkept] = reply;
  const wasResent = writes.count > 1;
  return { lost: pairs(lost), failed: pairs(failed), cancelled: new Set(cancelled), unkept, wasResent };
}
