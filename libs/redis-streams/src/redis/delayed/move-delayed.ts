import type { MoveCommand, MoveOutcome, OwnAnswer } from '../../model/ports/tasks/own-ids.js';
import { keyBeside } from '../../wire/stream-name.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { ENTER } from '../lua/delayed/enter.js';
import { RING_FOR_HEAD } from '../lua/delayed/ring-for-head.js';
import { RINGS } from '../lua/tasks/rings.js';

/**
 * Gives a task that waits for its time another one; where that is now, or has passed, the task enters the stream at once. Where it is the next
 * one now, workers are told.
 *
 * KEYS 1 stream, 2 delayed, 3 delayed tasks, 4 dead, 5 its record
 * ARGV 1 own id, 2 when it is due: `+` and ms from now, or epoch ms, 3 what the stream's own keys begin with, 4 the stream's name,
 *      5 what channels begin with
 * Returns { outcome or 'entry', the entry that it is or '' }; Redis's error where it takes no entry.
 */
const moveDelayedScript = script(`
local stream, delayed, tasks, dead, record = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, beside, name, bells = ARGV[1], ARGV[3], ARGV[4], ARGV[5]
local place
${SERVER_NOW}
${RINGS}
${ENTER}
${RING_FOR_HEAD}
if not redis.call('ZSCORE', delayed, id) then
  local known = redis.call('HMGET', record, '${TASK_RECORD.entry}', '${TASK_RECORD.state}')
  if known[1] then return { 'entry', known[1] } end
  return { known[2] and 'finished' or 'unknown', '' }
end
local ms = string.match(ARGV[2], '^%+(%d+)$')
local due = ms and now + ms or tonumber(ARGV[2])
mayTakeOut()
local outcome = 'moved'
if due > now then
  redis.call('ZADD', delayed, string.format('%.0f', due), id)
  ringListeners(id)
elseif not enter(id, redis.call('HGET', tasks, id)) then
  if refused ~= '' then return redis.error_reply(refused) end
  outcome = 'finished'
end
takeOut(gone)
ringAll()
ringForHead({ [id] = true })
return { outcome, '' }
`);

export async function moveDelayed(
  client: RedisClient,
  keys: Keys,
  { stream, id, due }: MoveCommand,
): Promise<OwnAnswer<MoveOutcome>> {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const streamKey = keys.stream(stream);
  const [outcome, entryId] = await runScript<[MoveOutcome | 'entry', string]>(
    client,
    moveDelayedScript,
    [streamKey, delayed, tasks, keys.dead(stream), keys.ofOwnId(stream, id)],
    [id, due, keyBeside(streamKey), stream, keys.bells],
  );
  return outcome === 'entry' ? { entryId } : { outcome };
}
