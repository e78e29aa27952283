import type { AppendCommand } from '../../../model/ports/append.js';
import { keyBeside } from '../../../wire/stream-name.js';
import type { Keys } from '../../keys.js';
import { ENTRY_IDS } from '../../lua/fragments/entry-ids.js';
import { RING_FOR_HEAD } from '../../lua/delayed/ring-for-head.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { luaJson } from '../../lua/lua-json.js';
import { script } from '../../lua/script.js';
import { packFields, UNPACK_FIELDS } from '../../lua/delayed/packed-fields.js';
import { HELD_KEYS } from '../../lua/fragments/held-keys.js';
import { DEADLINE_OF } from '../../lua/tasks/deadline.js';

/**
 * Adds tasks for which there is more to do than to append an entry, each in one step, and once however often it is sent. One that fails
 * holds up no other.
 *
 * A delayed task is put beside the stream, also where it is overdue by now: who moves what is due moves it at once. That it was there before,
 * its own id tells: as long as it waits, and from then on by its record. Where it is the next one, workers are told.
 *
 * Of several tasks with one idempotency key there is the first, until the key is free again: its time to live is over, or the task ended in a way that
 * frees it. One that has reached its deadline before anybody began it has ended so, though nobody has come to it.
 *
 * While the memory is full Redis refuses a script's first write that adds something: nothing is written for a task that is refused. What else
 * could fail, such as a key that holds something else, is found out by a command that changes nothing.
 *
 * KEYS 1 stream, 2 delayed, 3 delayed tasks, 4 `Keys.neverThere`, then for each task: its idempotency key where it has one
 * ARGV 1 how keys beside the stream begin, 2 how channels of doorbells begin, 3 JSON with, for each task, a list: its fields' names and values, and the max length of
 *      the stream or '', or where it is delayed its own id, and when it is due (`+` and ms from now, or epoch ms); then, where it has a key, its payload's fingerprint,
 *      and the key's ttl in ms. All of them are texts; then the fields of each that is delayed, as `UNPACK_FIELDS` reads them
 * Returns for each task its id, or the first one's, or { 'conflict' or 'error', the first one's or Redis's error }. An error that another server would not
 * answer with is the reply.
 */
export const admitScript = script(`
local stream, delayed, tasks, beside, bells = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${HELD_KEYS}
${DEADLINE_OF}
${RING_FOR_HEAD}
${UNPACK_FIELDS}
local function isOverdue(id)
  local waiting = redis.call('HGET', tasks, id)
  if waiting then
    local deadline = deadlineOf(unpackFields(waiting) or {}, redis.call('ZSCORE', delayed, id) or now)
    return deadline and deadline <= now
  end
  local entryId = string.sub(id, 1, 2) == 't_' and redis.call('HGET', beside .. ':task:' .. id, 'entry') or id
  local entry = string.find(entryId, '^%d') and redis.call('XRANGE', stream, entryId, entryId)[1]
  local deadline = entry and deadlineOf(entry[2], string.match(entryId, '^%d+'))
  if not deadline or deadline > now then return false end
  local _, name = keyOf(entry[2], id)
  -- Its name is URI-encoded.
  name = string.gsub(name or '', '%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end)
  local group = groupsOf(stream)[name]
  return not group or isBefore(group['last-delivered-id'], entryId)
end

local given = cjson.decode(ARGV[3])
-- When a task is due, as text: Redis would write a number as text for a command, and take longer for that than to put the task there. In two parts,
-- so that each fits an integer of 32 bits.
local function timeOf(due)
  local ms = string.match(due, '^%+(%d+)$')
  if not ms then return due end
  local at = now + ms
  return string.format('%d%06d', math.floor(at / 1000000), at % 1000000)
end
local delayedHere = {}
-- Nearly always all that have no key are new, which one look tells: two commands put them there, in place of two for each.
local function delayTogether()
  local ids, records, dueAndId, idAndPacked = {}, {}, {}, {}
  local packedAt, n = 4, 0
  for _, task in ipairs(given) do
    local id = task[1]
    if type(id) == 'string' then
      if not task[3] then
        n = n + 1
        ids[n], records[n] = id, beside .. ':task:' .. id
        dueAndId[2 * n - 1], dueAndId[2 * n] = timeOf(task[2]), id
        idAndPacked[2 * n - 1], idAndPacked[2 * n] = id, ARGV[packedAt]
      end
      packedAt = packedAt + 1
    end
  end
  if n < 2 or redis.call('EXISTS', unpack(records)) > 0 then return end
  -- Fails where they cannot be put there, before anything of them is.
  redis.call('ZADD', delayed, 'XX', 0, '')
  redis.call('HSET', tasks, unpack(idAndPacked))
  -- One that waits already, as this was sent before, stays due when it is.
  redis.call('ZADD', delayed, 'NX', unpack(dueAndId))
  for i = 1, n do delayedHere[ids[i]] = true end
end
-- What is in their way is found out for each.
if #ARGV > 4 then pcall(delayTogether) end

local mayHold, mayDelay = false, false
local function delay(id, due, packed)
  if redis.call('EXISTS', beside .. ':task:' .. id) == 1 then return end
  if not mayDelay then
    -- Fails where it cannot be put there, before anything of it is.
    local probe = redis.pcall('ZADD', delayed, 'XX', 0, '')
    if type(probe) == 'table' and probe.err then
      if redis.call('HEXISTS', tasks, id) == 1 then return end
      error(probe.err, 0)
    end
    mayDelay = true
  end
  if redis.call('HSET', tasks, id, packed) == 0 then return end
  redis.call('ZADD', delayed, due, id)
  delayedHere[id] = true
end
local function append(fields, maxLen)
  if maxLen == '' then return redis.call('XADD', stream, '*', unpack(fields)) end
  return redis.call('XADD', stream, 'MAXLEN', '~', maxLen, '*', unpack(fields))
end

-- Nearly always nobody has any of the keys, which one look tells.
local areHeld = #KEYS > 4 and redis.call('EXISTS', unpack(KEYS, 5)) > 0
local added = {}
-- Returns the id, or what else has come of it, and why.
local function admit(task, key, packed)
  local fingerprint, ttl, id = task[3], task[4]
  if key then
    local held = (areHeld or added[key]) and redis.call('GET', key)
    if held then
      local first, other = string.match(held, '^(%S+) (%S+)$')
      if not first then return 'error', 'WRONGTYPE The key holds something else' end
      if not isOverdue(first) then
        if fingerprint == other then return first end
        return 'conflict', first
      end
    end
    -- Fails where no key may be set, before there is a task without one; else it changes nothing that stays.
    if not mayHold then redis.call('SET', key, '', 'XX', 'PX', 1) end
    mayHold = true
  end
  if packed then
    id = task[1]
    local due = timeOf(task[2])
    delay(id, due, packed)
    if key then ttl = string.format('%.0f', ttl + math.max(0, due - now)) end
  else
    id = append(task[1], task[2])
  end
  if key then
    redis.call('SET', key, id .. ' ' .. fingerprint, 'PX', ttl)
    added[key] = true
  end
  return id
end

local replies, keyAt, packedAt = {}, 5, 4
for n, task in ipairs(given) do
  local key, packed
  if task[3] then
    key = KEYS[keyAt]
    keyAt = keyAt + 1
  end
  if type(task[1]) == 'string' then
    packed = ARGV[packedAt]
    packedAt = packedAt + 1
  end
  if delayedHere[task[1]] then
    replies[n] = task[1]
  else
    local isDone, reply, why = pcall(admit, task, key, packed)
    if not isDone then reply, why = 'error', type(reply) == 'table' and reply.err or tostring(reply) end
    if reply == 'error' and string.find(why, 'READONLY', 1, true) then return redis.error_reply(why) end
    replies[n] = why and { reply, why } or reply
  end
end
if next(delayedHere) then ringForHead(delayedHere) end
return replies
`);

/** For each task. */
export type AdmitReply = readonly (string | readonly ['conflict' | 'error', string])[];

/** What the script is called with for tasks of one stream, each with its admission. */
export interface AdmitCommand {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export function admitCommand(keys: Keys, stream: string, commands: readonly AppendCommand[]): AdmitCommand {
  const beside = keys.ofDelayed(stream);
  const heldKeys = keys.heldKeys(stream);
  const names = [keys.stream(stream), beside.delayed, beside.tasks, keys.neverThere(stream)];
  const tasks: unknown[] = [];
  const packed: string[] = [];
  for (const { fields, maxLen = '', admission } of commands) {
    const { delay, key } = admission!;
    const task: unknown[] = delay ? [delay.taskId, delay.due] : [fields, String(maxLen)];
    if (key) {
      names.push(heldKeys + key.name);
      task.push(key.fingerprint, String(key.ttlMs));
    }
    if (delay) packed.push(packFields(fields));
    tasks.push(task);
  }
  return { keys: names, args: [keyBeside(keys.stream(stream)), keys.bells, luaJson(tasks), ...packed] };
}
