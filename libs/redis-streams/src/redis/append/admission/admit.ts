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
 * ARGV 1 how keys beside the stream begin, 2 how channels of doorbells begin, 3 JSON with, for each task, a list: own id or '', when it is due (`+` and ms from
 *      now, or epoch ms) or '', fingerprint of its payload or '' for no key, ttl of the key in ms, max length of the stream or 0, its fields' names and values
 *      where it is not delayed; then those of each that is, as `UNPACK_FIELDS` reads them
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

local mayHold = false
local delayedHere
local function delay(id, due, packed)
  if redis.call('EXISTS', beside .. ':task:' .. id) == 1 then return end
  if not delayedHere then
    -- Fails where it cannot be put there, before anything of it is.
    local probe = redis.pcall('ZADD', delayed, 'XX', 0, '')
    if type(probe) == 'table' and probe.err then
      if redis.call('HEXISTS', tasks, id) == 1 then return end
      error(probe.err, 0)
    end
  end
  delayedHere = delayedHere or {}
  if redis.call('HSET', tasks, id, packed) == 0 then return end
  redis.call('ZADD', delayed, due, id)
  delayedHere[id] = true
end
local function append(maxLen, fields)
  if maxLen == 0 then return redis.call('XADD', stream, '*', unpack(fields)) end
  return redis.call('XADD', stream, 'MAXLEN', '~', maxLen, '*', unpack(fields))
end

-- Nearly always nobody has any of the keys, which one look tells.
local areHeld = #KEYS > 4 and redis.call('EXISTS', unpack(KEYS, 5)) > 0
local added = {}
-- Returns the id, or what else has come of it, and why.
local function admit(task, key, packed)
  local id, due, fingerprint, ttl, maxLen, fields = unpack(task)
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
    local ms = string.match(due, '^%+(%d+)$')
    due = ms and now + ms or tonumber(due)
    delay(id, due, packed)
    ttl = ttl + math.max(0, due - now)
  else
    id = append(maxLen, fields)
  end
  if key then
    redis.call('SET', key, id .. ' ' .. fingerprint, 'PX', ttl)
    added[key] = true
  end
  return id
end

local replies, keyAt, packedAt = {}, 5, 4
for n, task in ipairs(cjson.decode(ARGV[3])) do
  local key, packed
  if task[3] ~= '' then
    key = KEYS[keyAt]
    keyAt = keyAt + 1
  end
  if task[1] ~= '' then
    packed = ARGV[packedAt]
    packedAt = packedAt + 1
  end
  local isDone, reply, why = pcall(admit, task, key, packed)
  if not isDone then reply, why = 'error', type(reply) == 'table' and reply.err or tostring(reply) end
  if reply == 'error' and string.find(why, 'READONLY', 1, true) then return redis.error_reply(why) end
  replies[n] = why and { reply, why } or reply
end
if delayedHere then ringForHead(delayedHere) end
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
  for (const { fields, maxLen = 0, admission } of commands) {
    const { delay, key } = admission!;
    if (key) names.push(heldKeys + key.name);
    const { fingerprint = '', ttlMs = 0 } = key ?? {};
    if (delay) {
      tasks.push([delay.taskId, delay.due, fingerprint, ttlMs, maxLen]);
      packed.push(packFields(fields));
    } else {
      tasks.push(['', '', fingerprint, ttlMs, maxLen, fields]);
    }
  }
  return { keys: names, args: [keyBeside(keys.stream(stream)), keys.bells, luaJson(tasks), ...packed] };
}
