import type { OperationHold, OperationStep } from '../../../model/ports/admin/operations.js';
import type { Keys } from '../../keys.js';
import { OPERATION_RECORD } from '../../operations/operation-record.js';

const { state, holder, cursor, heardAt, waitsFor, done, skipped } = OPERATION_RECORD;

/**
 * A part of a bulk action: see `OperationStep`. A script that acts for one asks `mayStep()` before it writes anything, and does nothing where
 * that is false; when it has acted it calls `stepped(acted, leftOut)`: how many it has acted on, and a table of those that it
 * left out itself: cause and count. `stepAt(at)` reads what `stepArguments` gave, from ARGV `at` on, and returns where the next argument is.
 *
 * What it writes first adds nothing: Redis refuses a script's first write that does so while the memory is full, and lets later ones pass.
 *
 * A script that also acts by itself is given no step then: it may, and nothing is told.
 *
 * Needs `now` and `record`, the key.
 */
export const STEP = `
local stepHolder, stepFrom, stepTo, stepSkipped
local function stepAt(at)
  if ARGV[at] == '' then return at + 1 end
  stepHolder, stepFrom, stepTo, stepSkipped = ARGV[at], ARGV[at + 1], ARGV[at + 2], {}
  for i = 1, ARGV[at + 3] * 2 do stepSkipped[i] = ARGV[at + 3 + i] end
  return at + 4 + #stepSkipped
end
local function mayStep()
  if not stepHolder then return true end
  local known = redis.call('HMGET', record, '${state}', '${holder}', '${cursor}')
  if known[1] ~= 'running' or known[2] ~= stepHolder or known[3] ~= stepFrom then return false end
  redis.call('HDEL', record, '')
  return true
end
local function stepped(acted, leftOut, upTo)
  if not stepHolder then return end
  redis.call('HSET', record, '${cursor}', upTo or stepTo, '${heardAt}', string.format('%.0f', now), '${waitsFor}', '')
  if acted > 0 then redis.call('HINCRBY', record, '${done}', acted) end
  for i = 1, #stepSkipped, 2 do redis.call('HINCRBY', record, '${skipped}' .. stepSkipped[i], stepSkipped[i + 1]) end
  for cause, count in pairs(leftOut or {}) do redis.call('HINCRBY', record, '${skipped}' .. cause, count) end
end
`;

/** What `stepAt` reads: '' for what is no part of an operation; else holder, from, to, number of causes, then for each: cause, count. */
export function stepArguments(step: OperationStep | undefined): (string | number)[] {
  if (!step) return [''];
  const { holder: who, from, to, skipped: causes } = step;
  const counts = Object.entries(causes);
  return [who, from, to, counts.length, ...counts.flat()];
}

/** The key that `STEP` needs. */
export function stepKey(keys: Keys, { stream, operationId }: OperationHold): string {
  return keys.ofOperations(stream).records + operationId;
}
