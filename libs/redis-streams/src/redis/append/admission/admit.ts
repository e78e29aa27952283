import type { AppendCommand } from '../../../model/ports/append.js';
import type { Keys } from '../../keys.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Adds tasks for which there is more to do than to append an entry, each in one step, and once however often it is sent. One that fails
 * holds up no other.
 *
 * A delayed task is put beside the stream, also where it is overdue by now: who moves what is due moves it at once. That it was there before,
 * its own id tells: as long as it waits, and from then on by its record.
 *
 * While the memory is full Redis refuses a script's first write that adds something: nothing is written for a task that is refused. What else
 * could fail, such as a key that holds something else, is found out by a command that only reads.
 *
 * KEYS 1 stream, 2 delayed, 3 delayed tasks, then for each task: the record of its own id
 * ARGV for each task: own id, when it is due (`+` and ms from now, or epoch ms), JSON of its fields
 * Returns for each task { 'id' or 'error', its id or Redis's error }. An error that another server would not answer with is the reply.
 */
export const admitScript = script(`
local delayed, tasks = KEYS[2], KEYS[3]
${SERVER_NOW}
local function delay(task)
  local isKnown = redis.call('ZSCORE', delayed, task.id)
  isKnown = isKnown or redis.call('HEXISTS', tasks, task.id) == 1 or redis.call('EXISTS', task.record) == 1
  if not isKnown then
    local ms = string.match(task.due, '^%+(%d+)$')
    redis.call('HSET', tasks, task.id, task.fields)
    redis.call('ZADD', delayed, string.format('%.0f', ms and now + ms or task.due), task.id)
  end
  return task.id
end

local replies = {}
for n = 1, #KEYS - 3 do
  local task = { id = ARGV[3 * n - 2], due = ARGV[3 * n - 1], fields = ARGV[3 * n], record = KEYS[n + 3] }
  local isAdded, result = pcall(delay, task)
  local problem = not isAdded and (type(result) == 'table' and result.err or tostring(result))
  if problem and string.find(problem, 'READONLY', 1, true) then return redis.error_reply(problem) end
  replies[n] = { problem and 'error' or 'id', problem or result }
end
return replies
`);

/** For each task. */
export type AdmitReply = readonly (readonly ['id' | 'error', string])[];

/** What the script is called with for tasks of one stream, each with its admission. */
export interface AdmitCommand {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export function admitCommand(keys: Keys, stream: string, commands: readonly AppendCommand[]): AdmitCommand {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const names = [keys.stream(stream), delayed, tasks];
  const args: string[] = [];
  for (const { fields, admission } of commands) {
    const { taskId, due } = admission!.delay!;
    names.push(keys.ofOwnId(stream, taskId));
    // Lua reads no lone surrogate.
    args.push(taskId, due, JSON.stringify(fields.map((field) => field.toWellFormed())));
  }
  return { keys: names, args };
}
