import type { TaskNote } from '../../../model/ports/settlement.js';
import { TASK_RECORD } from '../../../wire/tasks/task-record.js';
import type { TaskKeys } from '../../keys.js';
import { HAS_CANCELS } from './cancels-among.js';
import { HELD_KEYS } from '../fragments/held-keys.js';
import { IS_THERE } from '../fragments/is-there.js';
import { LIVES_AMONG } from './lives-among.js';
import { OUTPUT_END } from './output-end.js';

/**
 * What is written of a task with its settlement: see `TaskNote`.
 *
 * - `take()` is the next of ARGV, from `at` on; `takeValues()` as many as the next one says.
 * - `takeNote()` is the note that `noteArguments` has put there, false where there is none. Its keys are the next from `keyAt` on:
 *   record, output, ears, and the idempotency key where its task has one. Who knows that the task has failed before sets its `isAgain`.
 * - `keep(id, note, state)` writes it; with the state '' the task goes on. The entry is owned, and was touched or acked: Redis
 *   refuses a script's first write that adds something while the memory is full, and lets later ones pass. A command that an ACL forbids
 *   must not hold up the settlement: `unkept` tells it, and is '' where all went well.
 *
 * Needs `at`, `keyAt`, `cancels`, `lives`, `SERVER_NOW` and `RINGS`. Gives `areCancels`, and `LIVES_AMONG`.
 */
export const KEEP_NOTE = `
${OUTPUT_END}
${HELD_KEYS}
${HAS_CANCELS}
${IS_THERE}
${LIVES_AMONG}
local areCancels = hasCancels()
local function take()
  at = at + 1
  return ARGV[at - 1]
end
local function takeValues()
  local values = {}
  for i = 1, tonumber(take()) do values[i] = take() end
  return values
end
local function takeNote()
  if take() == '' then return false end
  local note = { record = KEYS[keyAt], output = KEYS[keyAt + 1], ears = KEYS[keyAt + 2] }
  keyAt = keyAt + 3
  note.state, note.ttl, note.outputTtl, note.waiter, note.holder = take(), tonumber(take()), take(), take(), take()
  if note.holder ~= '' then
    note.key = KEYS[keyAt]
    keyAt = keyAt + 1
  end
  note.fields = takeValues()
  return note
end

local function keepRecord(note, state)
  local fields, record = note.fields, note.record
  if state ~= '' then
    for _, value in ipairs({ '${TASK_RECORD.state}', state, '${TASK_RECORD.endedAt}', now }) do fields[#fields + 1] = value end
  end
  if #fields == 0 then return end
  local kept = redis.pcall('HSET', record, unpack(fields))
  if type(kept) == 'table' and kept.err then
    -- Somebody else's key in the place of ours must not hold up the settlement.
    redis.call('DEL', record)
    redis.call('HSET', record, unpack(fields))
  end
  if state ~= '' or redis.call('PTTL', record) < note.ttl then redis.call('PEXPIRE', record, note.ttl) end
end

local function keepAll(id, note, state)
  local livedAgain = state ~= '' and endLife(id)
  if note.isAgain or livedAgain then redis.pcall('HDEL', note.record, '${TASK_RECORD.error}', '${TASK_RECORD.reason}') end
  if note.ttl then keepRecord(note, state) end
  if state ~= '' then
    if note.key then freeKey(note.key, note.holder) end
    if note.outputTtl ~= '' then endOutput(note.output, state, note.outputTtl) end
    if areCancels then redis.call('HDEL', cancels, id) end
  end
  local waiter = state ~= '' and note.waiter ~= '' and note.waiter
  if waiter then ringWaiter(waiter, id) end
  if ringEars(note.ears, id, waiter) > 0 and state ~= '' then redis.call('DEL', note.ears) end
end

local unkept = ''
local function keep(id, note, state)
  if not note then return end
  local isKept, problem = pcall(keepAll, id, note, state)
  if not isKept then unkept = type(problem) == 'table' and problem.err or tostring(problem) end
end
`;

/**
 * What `takeNote` takes: '' for none, else: 'n', state or '', ttl of the record in ms or '', ttl of the output in ms or '', who waits or '',
 * the task that its idempotency key is to be taken from or '', number of values, the values.
 * @param heldKeys how idempotency keys begin
 * @param keys gets the note's keys, too
 */
export function noteArguments(
  note: TaskNote | undefined,
  { record, output, ears }: TaskKeys,
  heldKeys: string,
  keys: string[],
): (string | number)[] {
  if (!note) return [''];
  keys.push(record, output, ears);
  const { state = '', ttlMs = '', outputTtlMs = '', waiter = '', key, fields } = note;
  if (key) keys.push(heldKeys + key.name);
  return ['n', state, ttlMs, outputTtlMs, waiter, key?.taskId ?? '', fields.length, ...fields];
}
