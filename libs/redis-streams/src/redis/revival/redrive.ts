import type { RedriveCommand, RedriveOutcome, Revived } from '../../model/ports/admin/revival.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { stepArguments } from '../lua/operations/step.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { assertFew, outcomesOf, reviveArguments } from './revival-call.js';
import { REVIVE } from './revive.js';

/**
 * Gives tasks a new life out of their dead letters, each in the group that gave it up, and deletes the letters. What a letter tells of its
 * task's deaths goes on in `lives`. Sent twice, and by two at once, it revives each once.
 *
 * KEYS, ARGV as `reviveArguments` has them; KEYS 10 dead; ARGV 10 '1' also for what was redriven before, else '0', then the step (see `STEP`), then the letters' ids
 * Returns an outcome for each letter, in turn: see `RedriveOutcome`; an empty list where the step may not be taken.
 */
const redriveScript = script(`
${REVIVE}
local dead, again = KEYS[10], ARGV[10] == '1'
local moved = {}
redis.call('XLEN', dead)

local function redrive(letterId)
  local letter = redis.call('XRANGE', dead, letterId, letterId)[1]
  if not letter then return 'gone' end
  count(letter[2])
  local fields = fieldsOf(letter[2])
  local id = fields['${DEAD_LETTER_HEADERS.entryId}']
  if fields['${DEAD_LETTER_HEADERS.group}'] ~= group or not string.match(id or '', '^%d+-%d+$') then return 'another-group' end
  local life = newLife(terms)
  goOnFrom(life, fields)
  if (life.redrives or 0) > 0 and not again then return 'redriven-before' end
  local why, _, deadline = obstacle(id)
  if why then return why end
  if isDry then return 'redriven' end
  addDeath(life, fields)
  life.redrives, life.deadline = (life.redrives or 0) + 1, deadline
  revive(id, life, 'redriven')
  moved[#moved + 1] = letterId
  return 'redriven'
end

local outcomes = reviveAll(redrive)
if #moved > 0 then redis.call('XDEL', dead, unpack(moved)) end
finish()
return outcomes
`);

export async function redrive(
  client: RedisClient,
  keys: Keys,
  command: RedriveCommand,
): Promise<readonly Revived<RedriveOutcome>[]> {
  const { letterIds, again, step } = command;
  assertFew(letterIds);
  const { groupKeys, keys: names, args } = reviveArguments(keys, command);
  const call = [...args, again ? 1 : 0, ...stepArguments(step), ...letterIds];
  return outcomesOf(
    letterIds,
    await runScript<RedriveOutcome[]>(client, redriveScript, [...names, groupKeys.dead], call),
  );
}
