import { LATEST_WORD_MS } from '../../../model/policy/presence-rule.js';

/**
 * `presentIn(workers)`: the slots of each worker that says that it is there, by consumer. Needs `now`.
 */
export const PRESENT_WORKERS = `
local function presentIn(workers)
  local slotsOf, said = {}, redis.call('HGETALL', workers)
  for i = 1, #said, 2 do
    local slots, ends = string.match(said[i + 1], '^(%d+) (%d+)')
    local leftMs = slots and tonumber(ends) - now
    if slots and leftMs > 0 and leftMs <= ${LATEST_WORD_MS} then slotsOf[said[i]] = tonumber(slots) end
  end
  return slotsOf
end
`;
