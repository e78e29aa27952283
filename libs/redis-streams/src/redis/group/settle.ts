import type { SettleCommand, SettleReply } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { idRange } from '../lua/id-range.js';
import { pairs } from '../lua/pairs.js';
import type { Writes } from '../lua/run-script.js';
import { HOLDER_OF } from '../lua/fragments/holder.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';

/**
 * Settles the verdicts of one turn, each only if this consumer still owns the entry at the same delivery count: one
 * look at its pending entries between the first and the last id serves as the fence for all.
 *
 * KEYS 1 stream, 2 retry, 3 dead
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id,
 *      6 ids to ack at delivery count 1, separated by spaces: nearly all, and one argument is cheaper than a hundred,
 *      7 number of other acks, then for each: id, delivery count
 *      next number of retries, then for each: id, delivery count, delay in ms, delivery count to keep
 *      next number of dead letters, then for each: id, delivery count, max length or 0, number of values, the values
 * Returns { lost: id and holder in turn, failed: id and error in turn }. A failed dead letter leaves its entry as it is.
 *
 * Under maxmemory Redis refuses a script's first write when that adds data, and lets later ones pass: each path
 * therefore begins with a claim or an ack.
 */
const settleScript = script(`
local stream, retry, dead = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, retryConsumer = ARGV[1], ARGV[2], ARGV[3]
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end

local at = 7
local function take()
  at = at + 1
  return ARGV[at - 1]
end

${ID_PAGES}
${HOLDER_OF}
local lost, failed = {}, {}
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
end

local acks = {}
for id in string.gmatch(ARGV[6], '%S+') do
  if owns(id, 1) then acks[#acks + 1] = id end
end
for _ = 1, take() do
  local id, count = take(), take()
  if owns(id, count) then acks[#acks + 1] = id end
end
for page in idPages(acks) do redis.call('XACK', stream, group, unpack(page)) end

local retries = tonumber(take())
if retries > 0 then
  ${SERVER_NOW}
  for _ = 1, retries do
    local id, count, delay, keep = take(), take(), take(), take()
    if owns(id, count) then
      if #redis.call('XCLAIM', stream, group, retryConsumer, 0, id, 'RETRYCOUNT', keep, 'JUSTID') > 0 then
        redis.call('ZADD', retry, now + delay, id)
      else
        drop(id)
      end
    end
  end
end

local function deadLetter(id, count, maxLen, added)
  redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count, 'JUSTID')
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if not entry then return drop(id) end
  local fields = entry[2]
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
  end
end

for _ = 1, take() do
  local id, count, maxLen, size = take(), take(), take(), tonumber(take())
  local added = {}
  for i = 1, size do added[i] = take() end
  if owns(id, count) then deadLetter(id, count, maxLen, added) end
end
return { lost, failed }
`);

export async function settle(member: GroupMember, command: SettleCommand): Promise<SettleReply> {
  const { stream, retry, dead } = member.keys;
  const writes: Writes = { count: 0, total: 0 };
  const args = settleArguments(member, command);
  const [lost, failed] = await member.run<[string[], string[]]>(settleScript, [stream, retry, dead], args, writes);
  return { lost: pairs(lost), failed: pairs(failed), wasResent: writes.count > 1 };
}

function settleArguments({ group, consumer }: GroupMember, command: SettleCommand): (string | number)[] {
  const { acks, retries, deadLetters } = command;
  let atFirst = '';
  const others: (string | number)[] = [];
  for (const { entryId, deliveryCount } of acks) {
    if (deliveryCount === 1) atFirst += `${entryId} `;
    else others.push(entryId, deliveryCount);
  }
  const [first, last] = idRange(acks, retries, deadLetters);
  const args = [group, consumer, RETRY_CONSUMER, first, last, atFirst, others.length / 2, ...others];
  args.push(retries.length);
  for (const { entryId, deliveryCount, delayMs, keepCount } of retries) {
    args.push(entryId, deliveryCount, delayMs, keepCount);
  }
  args.push(deadLetters.length);
  for (const { entryId, deliveryCount, maxLen, headers } of deadLetters) {
    args.push(entryId, deliveryCount, maxLen ?? 0, headers.length, ...headers);
  }
  return args;
}
