import type { NewOperation, StoredOperation } from '../../model/ports/admin/operations.js';
import type { OperationKeys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { OPERATION_RECORD, readOperation } from './operation-record.js';

const { kind, state, spec, cursor, upTo, startedAt, by, reason, isOnly, diedUpTo } = OPERATION_RECORD;

/**
 * `rivalOf(kind)`: the id of the operation that is the only one of its kind, where one goes on. One whose record is gone goes on no more.
 * Needs `active` and `records`.
 */
export const RIVAL_OF = `
local function rivalOf(kind)
  local all = redis.call('HGETALL', active)
  for i = 1, #all, 2 do
    if redis.call('EXISTS', records .. all[i]) == 0 then
      redis.call('HDEL', active, all[i])
    elseif all[i + 1] == kind then
      return all[i]
    end
  end
end
`;

/** So many of the oldest are looked at whenever one starts: then the index does not grow, though nobody lists. */
const OLDEST = 10;

/**
 * Keys of single operations are made here: which ones those are is not known before, and all are in the stream's slot.
 *
 * KEYS 1 index, 2 active
 * ARGV 1 how records begin, 2 id, 3 kind, 4 1 where it is the only one of its kind, 5 spec, 6 cursor, 7 up to, 8 by, 9 reason
 * Returns { the id and the record of the one that keeps it from starting: names and values in turn }; an empty list where it was started,
 * also where it was started before by this same call.
 */
const startScript = script(`
local index, active, records = KEYS[1], KEYS[2], ARGV[1]
local id, kind, only = ARGV[2], ARGV[3], ARGV[4]
${SERVER_NOW}
${RIVAL_OF}
if redis.call('EXISTS', records .. id) == 1 then return {} end
local rival = only == '1' and rivalOf(kind)
if rival then return { rival, redis.call('HGETALL', records .. rival) } end
local at = string.format('%.0f', now)
redis.call('HSET', records .. id, '${kind}', kind, '${state}', 'running', '${isOnly}', only, '${spec}', ARGV[5], '${cursor}', ARGV[6],
  '${upTo}', ARGV[7], '${startedAt}', at, '${by}', ARGV[8], '${reason}', ARGV[9], '${diedUpTo}', ARGV[7])
redis.call('ZADD', index, at, id)
redis.call('PERSIST', index)
for _, oldest in ipairs(redis.call('ZRANGE', index, 0, ${OLDEST - 1})) do
  if redis.call('EXISTS', records .. oldest) == 0 then redis.call('ZREM', index, oldest) end
end
redis.call('HSET', active, id, only == '1' and kind or '')
return {}
`);

export async function startOperation(
  run: RunScript,
  { index, active, records }: OperationKeys,
  operation: NewOperation,
): Promise<StoredOperation | undefined> {
  const { id, kind: of, isOnly: only, spec: what, cursor: from, upTo: to, by: who, reason: why } = operation;
  const args = [records, id, of, only ? 1 : 0, what, from, to, who, why];
  const [rival, flat] = await run<[string?, string[]?]>(startScript, [index, active], args);
  return rival === undefined ? undefined : readOperation(rival, flat!);
}
