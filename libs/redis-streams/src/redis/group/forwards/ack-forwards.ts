import type { ForwardCommand, Owed, SettleReply } from '../../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';
import { NEXT_TTL_MS } from '../../../wire/tasks/chains/next.js';
import { readOwed } from '../../../wire/tasks/chains/owed.js';
import { HOLDER_OF } from '../../lua/fragments/holder.js';
import { ID_PAGES } from '../../lua/fragments/id-pages.js';
import { EVERY } from '../../lua/fragments/pending-pages.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { idRange } from '../../lua/id-range.js';
import { luaJson } from '../../lua/lua-json.js';
import { pairs } from '../../lua/pairs.js';
import type { Writes } from '../../lua/run-script.js';
import { script } from '../../lua/script.js';
import { KEEP_NOTE, noteArguments } from '../../lua/tasks/keep-note.js';
import { RINGS } from '../../lua/tasks/rings.js';
import type { GroupMember } from '../group-member.js';

/**
 * Acks tasks that are done and forward, each only if this consumer still owns it at the same delivery count: adds what they forward, writes
 * down what that was, keeps their notes and acks them, in one step. Nobody can ack one without that.
 *
 * A task whose forwards cannot all be added here (another slot, a key that is no stream) comes to owe them: they are stored, it
 * stays pending, and whoever holds it next finds them. One that owes already keeps to what is stored. One that is known to have forwarded,
 * as its group was moved back or restored, forwards nothing more.
 *
 * KEYS 1 stream, 2 owed, 3 next, 4 cancels, 5 lives, then those of the targets that are in this slot, then for each note in its turn: record, output, ears
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id, 6 how channels of doorbells begin,
 *      7 what a ring says of the place, 8 number of targets, then for each: JSON of the stream's name, '1' in this slot, else '0',
 *      next JSON with, for each task, a list: id, delivery count, whether it has a note, then for each forward: which of the targets it is for, the fields of its entry,
 *      or that one's id where it is there already; then the notes of those that have one (see `KEEP_NOTE`)
 * Returns { lost: id and holder in turn, those that owe: id and what is stored in turn, '' for what is given here,
 *           why something could not be kept or '' }.
 *
 * First comes a claim to itself, which adds nothing: so a full memory lets it pass, and what follows. What is done is not given up.
 */
const ackForwardsScript = script(`
local stream, owed, next, cancels, lives = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local group, consumer, retryConsumer, bells, place = ARGV[1], ARGV[2], ARGV[3], ARGV[6], ARGV[7]
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end
local kinds = {}
local function kindOf(key)
  if not kinds[key] then kinds[key] = redis.call('TYPE', key).ok end
  return kinds[key]
end
if kindOf(owed) ~= 'hash' and kindOf(owed) ~= 'none' then
  return redis.error_reply('WRONGTYPE ' .. owed .. ' holds something else than what tasks owe')
end

local at, keyAt, targets = 9, 6, {}
${SERVER_NOW}
${ID_PAGES}
${HOLDER_OF}
${RINGS}
${KEEP_NOTE}
for i = 1, ARGV[8] do
  targets[i] = { name = take() }
  if take() == '1' then
    targets[i].key = KEYS[keyAt]
    keyAt = keyAt + 1
  end
end

local function takeForwards(task)
  local forwards = {}
  for i = 4, #task, 2 do
    local fields = task[i + 1]
    local id = type(fields) == 'string' and fields
    forwards[#forwards + 1] = { target = targets[task[i]], id = id, fields = fields }
  end
  return forwards
end

local function canAdd(forwards)
  for _, forward in ipairs(forwards) do
    local kind = forward.id and 'stream' or forward.target.key and kindOf(forward.target.key)
    if kind ~= 'stream' and kind ~= 'none' then return false end
  end
  return true
end
local function addAll(forwards)
  if not canAdd(forwards) then return false end
  for _, forward in ipairs(forwards) do
    if not forward.id then
      local id = redis.pcall('XADD', forward.target.key, '*', unpack(forward.fields))
      if type(id) == 'table' then return false end
      forward.id = id
    end
  end
  return true
end

-- Nearly all are newer than all that is known to have forwarded.
local newest = tonumber(string.match(redis.pcall('ZRANGE', next, -1, -1)[1] or '0', '^%d+'))
local function hasForwarded(id)
  if tonumber(string.match(id, '^%d+')) > newest then return false end
  return #redis.pcall('ZRANGEBYLEX', next, '[' .. id .. ' ', '(' .. id .. '!', 'LIMIT', 0, 1) > 0
end
local nowText, members = string.format('%.0f', now), {}
local function writeNext()
  for i = 1, #members, 5000 do redis.pcall('ZADD', next, unpack(members, i, math.min(i + 4999, #members))) end
  members = {}
end
local function noteNext(id, forwards)
  local member = id .. ' [' .. nowText
  for _, forward in ipairs(forwards) do member = member .. ',' .. forward.target.name .. ',"' .. forward.id .. '"' end
  members[#members + 1] = '0'
  members[#members + 1] = member .. ']'
end

local lost, acks, owing, touched = {}, {}, {}, false
local function owe(id, note, forwards)
  -- Should this fail, it is known of the others what they have forwarded.
  writeNext()
  local owes = {}
  for i, forward in ipairs(forwards) do
    owes[i] = '[' .. forward.target.name .. ',' .. cjson.encode(forward.id or forward.fields) .. ']'
  end
  local json = '{"forwards":[' .. table.concat(owes, ',') .. ']'
  if note then json = json .. ',"note":' .. cjson.encode({ tostring(note.ttl or ''), note.outputTtl }) end
  redis.call('HSET', owed, id, json .. '}')
  keep(id, note, '')
  owing[#owing + 1] = id
  owing[#owing + 1] = ''
end
local function settle(id, note, forwards)
  local stored = kindOf(owed) == 'hash' and redis.call('HGET', owed, id)
  local isDelivered = true
  for _, forward in ipairs(forwards) do isDelivered = isDelivered and forward.id end
  if stored and not isDelivered then
    owing[#owing + 1] = id
    owing[#owing + 1] = stored
    return
  end
  if not hasForwarded(id) then
    if not addAll(forwards) then return owe(id, note, forwards) end
    noteNext(id, forwards)
  end
  if stored then redis.call('HDEL', owed, id) end
  keep(id, note, 'completed')
  acks[#acks + 1] = id
end

for _, task in ipairs(cjson.decode(take())) do
  local id, count = task[1], task[2]
  local note, forwards = task[3] and takeNote(), takeForwards(task)
  if owned[id] == count then
    if not touched then redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count, 'JUSTID') end
    touched = true
    if note then note.isAgain = count ~= 1 end
    settle(id, note, forwards)
  else
    lost[#lost + 1] = id
    lost[#lost + 1] = holderOf(id)
  end
end
writeNext()
for page in idPages(acks) do redis.call('XACK', stream, group, unpack(page)) end
redis.pcall('ZREMRANGEBYLEX', next, '-', '(' .. string.format('%.0f', now - ${NEXT_TTL_MS}))
ringAll()
return { lost, owing, unkept }
`);

type Argument = string | number;

export async function ackForwards(member: GroupMember, commands: readonly ForwardCommand[]): Promise<SettleReply> {
  const { stream, owed, next, cancels, lives, bells, place } = member.keys;
  const keys = [stream, owed, next, cancels, lives];
  const args: Argument[] = [member.group, member.consumer, RETRY_CONSUMER, ...idRange(commands), bells, place];
  const targets = targetsOf(commands);
  args.push(targets.size);
  for (const name of targets.keys()) {
    const key = member.keyHere(name);
    if (key !== undefined) keys.push(key);
    args.push(JSON.stringify(name), key === undefined ? 0 : 1);
  }
  const tasks: unknown[][] = [];
  const notes: Argument[] = [];
  for (const { entryId, deliveryCount, note, forwards } of commands) {
    const task: unknown[] = [entryId, deliveryCount, note !== undefined];
    for (const { stream: target, id, fields } of forwards) task.push(targets.get(target), id ?? fields);
    tasks.push(task);
    if (note) notes.push(...noteArguments(note, member.taskKeys(entryId), member.keys.heldKeys, keys));
  }
  args.push(luaJson(tasks), ...notes);
  const writes: Writes = { count: 0, total: 0 };
  const [lost, owing, unkept] = await member.run<[string[], string[], string]>(ackForwardsScript, keys, args, writes);
  return {
    lost: pairs(lost),
    failed: new Map(),
    cancelled: new Set(),
    owing: owedBy(commands, pairs(owing)),
    unkept,
    wasResent: writes.count > 1,
  };
}

/** The streams that they forward to, each with its place in the order, from 1 on. */
function targetsOf(commands: readonly ForwardCommand[]): ReadonlyMap<string, number> {
  const targets = new Map<string, number>();
  for (const { forwards } of commands) {
    for (const { stream } of forwards) if (!targets.has(stream)) targets.set(stream, targets.size + 1);
  }
  return targets;
}

function owedBy(
  commands: readonly ForwardCommand[],
  owing: ReadonlyMap<string, string>,
): ReadonlyMap<string, Owed> | undefined {
  if (owing.size === 0) return undefined;
  const owed = new Map<string, Owed>();
  for (const { entryId, forwards, note } of commands) {
    const stored = owing.get(entryId);
    if (stored !== undefined) owed.set(entryId, (stored && readOwed(stored)) || { forwards, note });
  }
  return owed;
}
