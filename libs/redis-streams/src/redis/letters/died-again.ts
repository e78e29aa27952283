import type { OperationHold } from '../../model/ports/admin/operations.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import type { RunScript } from '../lua/run-script.js';
import { FEW_ENTRIES } from './few-entries.js';
import { script } from '../lua/script.js';
import { OPERATION_RECORD } from '../operations/operation-record.js';

const { state, holder, diedAgain: died, diedUpTo, done, diedBefore, doneBefore } = OPERATION_RECORD;

/**
 * Counts the dead letters of tasks that a bulk action has redriven, from where it has counted them before: some hundred letters at a time.
 *
 * KEYS 1 record of the bulk action, 2 dead
 * ARGV 1 holder, 2 the bulk action's id
 * Returns { how many have died again, how many it has acted on }, both since it was resumed, if it was; { 0, 0 } where it has ended or another
 * holds it.
 */
const diedAgainScript = script(`
${FEW_ENTRIES}
local record, dead, operation = KEYS[1], KEYS[2], ARGV[2]
local known = redis.call('HMGET', record, '${state}', '${holder}', '${diedUpTo}', '${died}', '${done}', '${diedBefore}', '${doneBefore}')
if known[1] ~= 'running' or known[2] ~= ARGV[1] then return { 0, 0 } end
local upTo, count = known[3], tonumber(known[4] or '0')
local letters = fewEntries(dead, upTo, '+', 500)
for i = 1, #letters do
  -- Ranges that exclude their start are newer than Redis 6.0.
  if letters[i][1] ~= upTo then
    local fields = letters[i][2]
    for j = 1, #fields, 2 do
      if fields[j] == '${DEAD_LETTER_HEADERS.life}' then
        local isJson, life = pcall(cjson.decode, fields[j + 1])
        if isJson and type(life) == 'table' and life.operation == operation then count = count + 1 end
      end
    end
  end
end
if #letters > 0 and letters[#letters][1] ~= upTo then
  redis.call('HDEL', record, '')
  redis.call('HSET', record, '${diedUpTo}', letters[#letters][1], '${died}', count)
end
return { count - (known[6] or 0), (known[5] or 0) - (known[7] or 0) }
`);

/** @param keys of the bulk action's record, and of the dead letters */
export async function diedAgain(
  run: RunScript,
  keys: readonly [record: string, dead: string],
  { holder: who, operationId }: OperationHold,
): Promise<{ diedAgain: number; done: number }> {
  const [again, of] = await run<[number, number]>(diedAgainScript, keys, [who, operationId]);
  return { diedAgain: again, done: of };
}
