/**
 * `cancelsAmong(ids)`: those that somebody has asked to cancel, id and reason in turn. One look where there is none, as nearly
 * always. Needs `cancels`, the key.
 */
export const CANCELS_AMONG = `
local function cancelsAmong(ids)
  local found = {}
  if #ids == 0 or redis.call('HLEN', cancels) == 0 then return found end
  for i = 1, #ids do
    local mark = redis.call('HGET', cancels, ids[i])
    if mark then
      found[#found + 1] = ids[i]
      found[#found + 1] = string.match(mark, '^%d+:(.*)$') or ''
    end
  end
  return found
end
`;
