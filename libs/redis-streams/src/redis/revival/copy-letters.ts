import type { CopyLettersCommand, CopyOutcome, Revived } from '../../model/ports/admin/revival.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { STEP, stepArguments, stepKey } from '../lua/operations/step.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { DEADLINE_OF } from '../lua/tasks/deadline.js';
import { COPIED_FIELDS } from './copied-fields.js';
import { LIFE } from './life.js';
import { assertFew, MOST_BYTES, outcomesOf } from './revival-call.js';

/**
 * Adds tasks anew out of their dead letters, to the stream where they died, and deletes each letter in the same step. So whoever sends it twice, dies, or is
 * overtaken, adds none twice. Unlike what gives tasks a life in place it adds entries, and is refused while the memory is full.
 *
 * KEYS 1 stream, 2 dead, 3 record of the bulk action, or no key of ours, 4 `Keys.neverThere`
 * ARGV 1 '1' also for what was redriven before, 2 JSON of what lives begin with, 3 their deadline (as `reviveArguments` has it), 4 JSON of the
 *      stream's name, then the step (see `STEP`), then the letters' ids
 * Returns an outcome for each letter, in turn: see `CopyOutcome`; an empty list where the step may not be taken.
 */
const copyLettersScript = script(`
local stream, dead, record, neverThere = unpack(KEYS)
local again, terms, newDeadline, streamName = ARGV[1] == '1', ARGV[2], ARGV[3], cjson.decode(ARGV[4])[1]
local ids = {}
${SERVER_NOW}
${DEADLINE_OF}
${LIFE}
${COPIED_FIELDS}
${STEP}
for i = stepAt(5), #ARGV do ids[#ids + 1] = ARGV[i] end

local bytes = 0
local function copyOf(id)
  local letter = redis.call('XRANGE', dead, id, id)[1]
  if not letter then return 'gone' end
  for i = 1, #letter[2] do bytes = bytes + #letter[2][i] end
  local fields, life = fieldsOf(letter[2]), newLife(terms)
  goOnFrom(life, fields)
  if (life.redrives or 0) > 0 and not again then return 'redriven-before' end
  addDeath(life, fields)
  life.redrives = (life.redrives or 0) + 1
  life.origin = life.origin or { stream = streamName, id = fields['${DEAD_LETTER_HEADERS.entryId}'] or id }
  local original = originalOf(letter[2], fields)
  if not original then return 'too-wide' end
  local deadline = deadlineFor(newDeadline, original)
  if deadline and deadline <= now then return 'past-deadline' end
  local copied = copiedFields(original, cjson.encode(life), deadline)
  return copied and 'copied' or 'too-wide', copied
end

-- Types, the right to delete, and the memory: nothing is added where its letter could not be deleted.
redis.call('XLEN', stream)
redis.call('SET', neverThere, '', 'XX')
redis.call('XDEL', dead, '0-0')
if not mayStep() then return {} end

local outcomes, leftOut, copied, upTo = {}, {}, 0, nil
for i = 1, #ids do
  local outcome, fields = 'later', nil
  -- The first is never left, however large it is: it would be left for ever.
  if not upTo and bytes < ${MOST_BYTES} then outcome, fields = copyOf(ids[i]) end
  local entry = fields and redis.pcall('XADD', stream, '*', unpack(fields))
  if type(entry) == 'table' then
    if copied == 0 then return entry end
    outcome = 'later'
  elseif entry then
    redis.call('XDEL', dead, ids[i])
    copied = copied + 1
  end
  if outcome == 'later' then
    upTo = upTo or ids[i - 1]
  elseif not entry then
    leftOut[outcome] = (leftOut[outcome] or 0) + 1
  end
  outcomes[i] = outcome
end
stepped(copied, leftOut, upTo)
return outcomes
`);

export async function copyLetters(
  client: RedisClient,
  keys: Keys,
  { stream, letterIds, terms, again, step }: CopyLettersCommand,
): Promise<readonly Revived<CopyOutcome>[]> {
  assertFew(letterIds);
  const { deadline = '', ...life } = terms;
  const neverThere = keys.neverThere(stream);
  const names = [keys.stream(stream), keys.dead(stream), step ? stepKey(keys, step) : neverThere, neverThere];
  const head = [again ? 1 : 0, JSON.stringify(life), deadline, JSON.stringify([stream])];
  const args = [...head, ...stepArguments(step), ...letterIds];
  return outcomesOf(letterIds, await runScript<CopyOutcome[]>(client, copyLettersScript, names, args));
}
