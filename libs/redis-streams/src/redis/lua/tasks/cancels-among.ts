/**
 * `hasCancels()`: whether anything of the group is to be cancelled. A key of somebody else, or a command that an ACL forbids, counts as none: neither
 * may hold up leases and settlements. Needs `cancels`, the key.
 */
export const HAS_CANCELS = `
local function hasCancels()
  local count = redis.pcall('HLEN', cancels)
  return type(count) == 'number' and count > 0
end
`;

/** `cancelsAmong(ids)`: those that somebody has asked to cancel, id and reason in turn. One look where there is none, as nearly always. */
export const CANCELS_AMONG = `
${HAS_CANCELS}
local function cancelsAmong(ids)
  local found = {}
  if #ids == 0 or not hasCancels() then return found end
  for i = 1, #ids do
    local mark = redis.pcall('HGET', cancels, ids[i])
    if type(mark) == 'string' then
      found[#found + 1] = ids[i]
      found[#found + 1] = string.match(mark, '^%d+:(.*)$') or ''
    end
  end
  return found
end
`;
