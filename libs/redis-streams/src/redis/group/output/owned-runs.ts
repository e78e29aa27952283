import { EVERY } from '../../lua/fragments/pending-pages.js';

/**
 * `holds(id, count)`: whether this consumer has the entry at that delivery count. Then its lease is renewed, which is the first
 * write and adds nothing: under maxmemory Redis lets what follows pass. One whose entry was deleted is not held.
 *
 * One look at the consumer's pending entries from `first` to `last` serves all. Needs `stream`, `group`, `consumer`, `first`, `last`.
 */
export const OWNED_RUNS = `
local owned = {}
local pending = redis.call('XPENDING', stream, group, first, last, ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end
local function holds(id, count)
  if owned[id] ~= tonumber(count) then return false end
  return #redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', count, 'JUSTID') > 0
end
`;
