import type { AppendCommand } from '../../../model/ports/append.js';
import { keyBeside } from '../../../wire/stream-name.js';
import type { Keys } from '../../keys.js';
import { ENTRY_IDS } from '../../lua/fragments/entry-ids.js';
import { RING_FOR_HEAD } from '../../lua/delayed/ring-for-head.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { script } from '../../lua/script.js';
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
 * ARGV 1 how keys beside the stream begin, 2 how channels of doorbells begin, then for each task: own id or '', when it is due (`+` and ms from now, or epoch ms) or '',
 *      fingerprint of its payload or '' for no key, ttl of the key in ms, max length of the stream or 0, number of fields' names and
 *      values, these; of a delayed task one, their JSON
 * Returns for each task { 'id', 'conflict' or 'error', its id, the first one's or Redis's error }. An error that another server would not
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
local function isOverdue(id)
  local waiting = redis.call('HGET', tasks, id)
  if waiting then
    local deadline = deadlineOf(cjson.decode(waiting), redis.call('ZSCORE', delayed, id) or now)
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

local delayedHere
local function delay(id, due, fields)
  local isKnown = redis.call('ZSCORE', delayed, id)
  isKnown = isKnown or redis.call('HEXISTS', tasks, id) == 1 or redis.call('EXISTS', beside .. ':task:' .. id) == 1
  if isKnown then return end
  redis.call('HSET', tasks, id, fields)
  redis.call('ZADD', delayed, string.format('%.0f', due), id)
  delayedHere = delayedHere or {}
  delayedHere[id] = true
end
local function append(maxLen, first, last)
  if maxLen == '0' then return redis.call('XADD', stream, '*', unpack(ARGV, first, last)) end
  return redis.call('XADD', stream, 'MAXLEN', '~', maxLen, '*', unpack(ARGV, first, last))
end

local mayHold = false
-- Its arguments begin at this place; so many names and values are the last of them.
local function admit(at, size, key)
  local id, due, fingerprint, ttl, maxLen = unpack(ARGV, at, at + 4)
  if key then
    local held = redis.call('GET', key)
    if held then
      local first, other = string.match(held, '^(%S+) (%S+)$')
      if not first then return 'error', 'WRONGTYPE The key holds something else' end
      if not isOverdue(first) then return fingerprint == other and 'id' or 'conflict', first end
    end
    -- Fails where no key may be set, before there is a task without one; else it changes nothing that stays.
    if not mayHold then redis.call('SET', key, '', 'XX', 'PX', 1) end
    mayHold = true
  end
  if id == '' then
    id = append(maxLen, at + 6, at + 5 + size)
  else
    local ms = string.match(due, '^%+(%d+)$')
    due = ms and now + ms or tonumber(due)
    delay(id, due, ARGV[at + 6])
    ttl = string.format('%.0f', ttl + math.max(0, due - now))
  end
  if key then redis.call('SET', key, id .. ' ' .. fingerprint, 'PX', ttl) end
  return 'id', id
end

local replies, keyAt, at = {}, 5, 3
while at <= #ARGV do
  local size, key = tonumber(ARGV[at + 5]), nil
  if ARGV[at + 2] ~= '' then
    key = KEYS[keyAt]
    keyAt = keyAt + 1
  end
  local isDone, kind, result = pcall(admit, at, size, key)
  if not isDone then kind, result = 'error', type(kind) == 'table' and kind.err or tostring(kind) end
  if kind == 'error' and string.find(result, 'READONLY', 1, true) then return redis.error_reply(result) end
  replies[#replies + 1] = { kind, result }
  at = at + 6 + size
end
if delayedHere then ringForHead(delayedHere) end
return replies
`);

/** For each task. */
export type AdmitReply = readonly (readonly ['id' | 'conflict' | 'error', string])[];

/** What the script is called with for tasks of one stream, each with its admission. */
export interface AdmitCommand {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

export function admitCommand(keys: Keys, stream: string, commands: readonly AppendCommand[]): AdmitCommand {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const heldKeys = keys.heldKeys(stream);
  const names = [keys.stream(stream), delayed, tasks, keys.neverThere(stream)];
  const args: (string | number)[] = [keyBeside(keys.stream(stream)), keys.bells];
  for (const { fields, maxLen = 0, admission } of commands) {
    const { delay, key } = admission!;
    if (key) names.push(heldKeys + key.name);
    args.push(delay?.taskId ?? '', delay?.due ?? '', key?.fingerprint ?? '', key?.ttlMs ?? 0, maxLen);
    // Lua reads no lone surrogate.
    if (delay) args.push(1, JSON.stringify(fields.map((field) => field.toWellFormed())));
    else args.push(fields.length, ...fields);
  }
  return { keys: names, args };
}
