import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { CancelCommand, CancelOutcome } from '../../model/ports/tasks/task-store.js';
import { DEFAULT_GROUP } from '../../options/tables/handler-options.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { PASSING_RECORD_TTL_MS, RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { HELD_KEYS } from '../lua/fragments/held-keys.js';
import { DEADLINE_OF } from '../lua/tasks/deadline.js';
import { OUTPUT_END } from '../lua/tasks/output-end.js';
import { RINGS, WAITER_AMONG } from '../lua/tasks/rings.js';

/** Beyond so many marks of a group, those that nobody took away are looked for. */
const MANY_MARKS = 100;

/**
 * Cancels a task in some groups, or in all. In each it ends at once where it is scheduled for a retry, and where no group has read
 * it: then its entry is deleted, with its fields kept in the record. Otherwise it is marked, and its owner is rung: who runs it, or
 * comes to it, ends it. A mark is kept for a day.
 *
 * The keys of all groups have to be named before: where these are not the groups of the stream any more, nothing happens, and the
 * answer names them. Sent twice, it says the same, and changes no more.
 *
 * Each way begins with a command that adds nothing (XDEL, XACK, ZREMRANGEBYSCORE), as Redis refuses a script's first write that adds
 * something while the memory is full, and lets later ones pass.
 *
 * One that is done, and only owes what it forwards, is not ended: it was a success. Nor is one that has reached its deadline before anybody began it, or before
 * its retry: it has expired.
 *
 * KEYS 1 stream, then for each group: retry, record, output, ears, cancels, owed, lives
 * ARGV 1 id, 2 reason or '', 3 '1' for all groups, else '0', 4 what channels begin with, 5 consumer of scheduled retries, 6 the group
 *      that is meant where the stream has none, 7 how idempotency keys begin, then for each group: its name, its place for rings
 * Returns { outcome or false, names of the groups }.
 */
const cancelScript = script(`
local stream = KEYS[1]
local id, reason, isAll, bells, retryConsumer = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5]
local place
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${RINGS}
${OUTPUT_END}
${WAITER_AMONG}
${HELD_KEYS}
${DEADLINE_OF}

-- 1. Whether the groups are those that the keys are of.
local groups, names, given = groupsOf(stream), {}, {}
for name in pairs(groups) do names[#names + 1] = name end
if #names == 0 then names[1] = ARGV[6] end
for i = 8, #ARGV, 2 do given[ARGV[i]] = true end
local known = 0
for i = 1, #names do
  if given[names[i]] then known = known + 1 end
end
if isAll and (known < #names or #names < (#ARGV - 7) / 2) then return { false, names } end
if known == 0 then return { 'unknown', names } end

-- 2. Where the task is in each.
local entry = redis.call('XRANGE', stream, id, id)[1]
local deadline = entry and deadlineOf(entry[2], string.match(id, '^%d+'))
-- One that lives again has a deadline of its own, or none.
local function isOverdue(task)
  local life = redis.pcall('HGET', task.lives, id)
  local ends = deadline
  if type(life) == 'string' then ends = tonumber(cjson.decode(life).deadline) end
  return ends and ends <= now
end
local tasks, isUnread = {}, isAll and entry
for i = 8, #ARGV, 2 do
  local name, key = ARGV[i], 2 + (i - 8) / 2 * 7
  local task = { place = ARGV[i + 1], retry = KEYS[key], record = KEYS[key + 1], output = KEYS[key + 2] }
  task.name, task.ears, task.cancels = name, KEYS[key + 3], KEYS[key + 4]
  task.owes, task.lives = redis.call('HEXISTS', KEYS[key + 5], id) == 1, KEYS[key + 6]
  local group = groups[name]
  task.state = redis.call('HGET', task.record, '${TASK_RECORD.state}')
  task.owner = group and (redis.call('XPENDING', stream, name, id, id, 1)[1] or {})[2]
  task.waits = entry and not task.owner and (not group or isBefore(group['last-delivered-id'], id))
  isUnread = isUnread and task.waits and not task.state
  tasks[#tasks + 1] = task
end

local fields = entry and entry[2] or {}
local key, keyGroup, keyTask = keyOf(fields, id)
local waiter = waiterAmong(fields)
local function ends(task)
  redis.call('HSET', task.record, '${TASK_RECORD.state}', 'cancelled', '${TASK_RECORD.endedAt}', now)
  if reason ~= '' then redis.call('HSET', task.record, '${TASK_RECORD.cancelReason}', reason) end
  redis.call('PEXPIRE', task.record, ${RECORD_TTL_MS})
  redis.call('HDEL', task.cancels, id)
  redis.pcall('HDEL', task.lives, id)
  if key and keyGroup == string.match(task.place, '^%S+') then freeKey(ARGV[7] .. key, keyTask) end
  -- Kept as long as before: how long that is, its handler says.
  local ttl = redis.call('PTTL', task.output)
  endOutput(task.output, 'cancelled', ttl > 0 and ttl or ${PASSING_RECORD_TTL_MS})
  place = task.place
  if waiter then ringWaiter(waiter, id) end
  ringEars(task.ears, id, waiter)
  return 'cancelled'
end

-- Marks of tasks that ended meanwhile, as they do whose workers were done before they heard of it: a page from a place that changes
-- with the clock.
local function forgetOldMarks(task)
  local last = groups[task.name] and groups[task.name]['last-delivered-id']
  local page = redis.call('HSCAN', task.cancels, redis.call('TIME')[2], 'COUNT', 100)[2]
  for i = 1, #page, 2 do
    local marked, at = page[i], tonumber(string.match(page[i + 1], '^%d+') or '0')
    local isOver = last and not isBefore(last, marked) and #redis.call('XPENDING', stream, task.name, marked, marked, 1) == 0
    if isOver or at < now - ${PASSING_RECORD_TTL_MS} then redis.call('HDEL', task.cancels, marked) end
  end
end

local function isMarked(task)
  redis.call('ZREMRANGEBYSCORE', task.ears, '-inf', now)
  redis.call('HSETNX', task.record, '${TASK_RECORD.cancelAt}', now)
  if reason ~= '' then redis.call('HSETNX', task.record, '${TASK_RECORD.cancelReason}', reason) end
  if redis.call('PTTL', task.record) < ${PASSING_RECORD_TTL_MS} then
    redis.call('PEXPIRE', task.record, ${PASSING_RECORD_TTL_MS})
  end
  redis.call('HSETNX', task.cancels, id, string.format('%.0f', now) .. ':' .. reason)
  redis.call('PEXPIRE', task.cancels, ${PASSING_RECORD_TTL_MS})
  if redis.call('HLEN', task.cancels) > ${MANY_MARKS} then forgetOldMarks(task) end
  place = task.place
  if task.owner then ringOwner(task.owner, id) end
  return 'requested'
end

-- 3. What comes of it in each.
local function cancelIn(task)
  if task.state then return task.state == 'cancelled' and 'cancelled' or 'finished' end
  -- Whoever asks is told so, though nobody has come to it yet.
  if not task.owes and (task.waits or task.owner == retryConsumer) and isOverdue(task) then return 'finished' end
  if task.owner == retryConsumer and not task.owes then
    redis.call('XACK', stream, task.name, id)
    redis.call('ZREM', task.retry, id)
    return ends(task)
  end
  if task.owner then return isMarked(task) end
  if isUnread then
    redis.call('XDEL', stream, id)
    redis.call('HSET', task.record, '${TASK_RECORD.fields}', cjson.encode(fields))
    return ends(task)
  end
  if task.waits then return isMarked(task) end
  return entry and 'finished' or 'unknown'
end
local outcomes = {}
for i = 1, #tasks do outcomes[cancelIn(tasks[i])] = true end
ringAll()
for _, outcome in ipairs({ 'requested', 'cancelled', 'finished' }) do
  if outcomes[outcome] then return { outcome, names } end
end
return { 'unknown', names }
`);

export async function cancel(client: RedisClient, keys: Keys, command: CancelCommand): Promise<CancelOutcome> {
  // Right for nearly all streams; others answer with their groups.
  let groups: readonly string[] = [command.group ?? DEFAULT_GROUP];
  for (;;) {
    const [outcome, names] = await runScript<[CancelOutcome | null, string[]]>(
      client,
      cancelScript,
      cancelKeys(keys, command, groups),
      cancelArguments(keys, command, groups),
    );
    if (outcome) return outcome;
    if (names.length === groups.length && names.every((name) => groups.includes(name))) throw unnamable(command);
    groups = names;
  }
}

/** It answers with the names that it was given, and knows them not. */
function unnamable({ stream }: CancelCommand): RedisStreamsConfigError {
  return new RedisStreamsConfigError(
    `A group of '${stream}' has a name that is no text in UTF-8, so that a task cannot be cancelled in all groups: name the group that is meant.`,
  );
}

function cancelKeys(keys: Keys, { stream, id }: CancelCommand, groups: readonly string[]): string[] {
  const ofGroups = groups.flatMap((group) => {
    const { retry, cancels, owed, lives } = keys.ofGroup(stream, group);
    const { record, output, ears } = keys.ofTask(stream, group, id);
    return [retry, record, output, ears, cancels, owed, lives];
  });
  return [keys.stream(stream), ...ofGroups];
}

function cancelArguments(keys: Keys, command: CancelCommand, groups: readonly string[]): (string | number)[] {
  const { stream, id, group, reason = '' } = command;
  const places = groups.flatMap((name) => [name, keys.ofGroup(stream, name).place]);
  return [
    id,
    reason,
    group === undefined ? 1 : 0,
    keys.bells,
    RETRY_CONSUMER,
    group ?? DEFAULT_GROUP,
    keys.heldKeys(stream),
    ...places,
  ];
}
