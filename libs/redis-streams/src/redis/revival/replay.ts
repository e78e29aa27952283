import type { ReplayCommand, ReplayOutcome, Revived } from '../../model/ports/admin/revival.js';
import { RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { stepArguments } from '../lua/operations/step.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { assertFew, outcomesOf, reviveArguments } from './revival-call.js';
import { REVIVE } from './revive.js';

/**
 * Gives tasks a new life that have ended well, as far as their records tell: as a replay, which forwards again what they forward. Sent twice, it revives each once.
 *
 * An operation comes to entries in the order of their ids: how far it has come is kept, as one that was replayed may have ended well again when it is
 * asked for a second time.
 *
 * KEYS, ARGV as `reviveArguments` has them; KEYS 10 dead, 11 replays; ARGV 10 operation or '', then the step (see `STEP`), then the entries' ids
 * Returns an outcome for each entry, in turn: see `ReplayOutcome`; an empty list where the step may not be taken.
 */
const replayScript = script(`
${REVIVE}
local dead, replays, operation = KEYS[10], KEYS[11], ARGV[10]
local reached = operation ~= '' and redis.call('HGET', replays, operation)

-- What is kept of a task that did not end well outlives nearly all that somebody may replay; its letter tells for longer.
local function howItEnded(id)
  local record = redis.pcall('HMGET', recordOf .. id, '${TASK_RECORD.state}', '${TASK_RECORD.deadLetterId}')
  local state, letter = record[1], record[2]
  if state == 'cancelled' or state == 'expired' then return 'ended-otherwise' end
  local isDead = state == 'dead-lettered' and string.match(letter or '', '^%d+-%d+$')
  if isDead and #redis.call('XRANGE', dead, letter, letter) > 0 then return 'dead-lettered' end
end

local function replay(id)
  if reached and not isBefore(reached, id) then return 'done-before' end
  local why, fields, deadline = obstacle(id)
  why = why or howItEnded(id)
  if why then return why end
  if isDry then return 'replayed' end
  local life = newLife(terms, deadline)
  goOnFrom(life, fieldsOf(fields))
  life.isReplay = true
  revive(id, life, 'replayed')
  redis.pcall('ZREMRANGEBYLEX', next, '[' .. id .. ' ', '(' .. id .. '!')
  return 'replayed'
end

local outcomes = reviveAll(replay)
if #revived > 0 and operation ~= '' then
  redis.call('HSET', replays, operation, revived[#revived])
  redis.call('PEXPIRE', replays, ${RECORD_TTL_MS})
end
finish()
return outcomes
`);

export async function replay(
  client: RedisClient,
  keys: Keys,
  command: ReplayCommand,
): Promise<readonly Revived<ReplayOutcome>[]> {
  const { entryIds, terms, step } = command;
  assertFew(entryIds);
  const { groupKeys, keys: names, args } = reviveArguments(keys, command);
  const replies = await runScript<ReplayOutcome[]>(
    client,
    replayScript,
    [...names, groupKeys.dead, groupKeys.replays],
    [...args, terms.operation ?? '', ...stepArguments(step), ...entryIds],
  );
  return outcomesOf(entryIds, replies);
}
