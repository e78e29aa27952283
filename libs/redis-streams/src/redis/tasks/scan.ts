import type { ScanCommand, TaskScan } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

/**
 * Finds tasks that may be in a state, in the order of their ids, by where they would be: running ones are pending at workers,
 * scheduled ones at the consumer of retries, waiting ones there, too, or behind the last delivered entry, and completed ones before
 * it. Which of them are, a look tells. Not more than `count` places are visited.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer of scheduled retries, 3 state, 4 the first id that counts, 5 count
 * Returns { ids, id to go on from or false }.
 */
const scanScript = script(`
local stream, group, retryConsumer, state, from, count = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
${ENTRY_IDS}
${TABLES}
local groups, ids = groupsOf(stream), {}
local info = groups[group]
-- Beside other groups, one that is not there has no tasks.
if not info and next(groups) then return { ids, false } end
local last = info and info['last-delivered-id'] or '0-0'

-- Takes so many of the rows, which are one more where there are more: returns the id of that one.
local function take(rows, room, isMeant)
  for i = 1, math.min(#rows, room) do
    if isMeant(rows[i]) then ids[#ids + 1] = rows[i][1] end
  end
  return rows[room + 1] and rows[room + 1][1] or false
end
local function all() return true end

if state == 'completed' then
  if isBefore(last, from) then return { ids, false } end
  local more = take(redis.call('XRANGE', stream, from, last, 'COUNT', count + 1), count, all)
  return { ids, more }
end
if state == 'running' then
  local rows = info and redis.call('XPENDING', stream, group, from, '+', count + 1) or {}
  local more = take(rows, count, function(row) return row[2] ~= retryConsumer end)
  return { ids, more }
end
local rows = info and redis.call('XPENDING', stream, group, from, '+', count + 1, retryConsumer) or {}
local more = take(rows, count, all)
if more or state == 'retry-scheduled' then return { ids, more } end

-- Exclusive ranges are newer than 6.0: the last delivered entry may come first, and is taken out.
local room, start = count - #ids, from
if isBefore(from, last) then start = last end
local entries = redis.call('XRANGE', stream, start, '+', 'COUNT', room + 2)
if info and entries[1] and not isBefore(last, entries[1][1]) then table.remove(entries, 1) end
more = take(entries, room, all)
return { ids, more }
`);

export async function scan(client: RedisClient, keys: Keys, command: ScanCommand): Promise<TaskScan> {
  const { stream, group, state, from, count } = command;
  const args = [group, RETRY_CONSUMER, state, from, count];
  const [ids, next] = await runScript<[string[], string | null]>(client, scanScript, [keys.stream(stream)], args);
  return { ids, next: next ?? undefined };
}
