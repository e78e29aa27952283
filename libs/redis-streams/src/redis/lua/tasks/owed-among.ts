/**
 * `owedAmong(ids)`: those that are done and owe what they forward, id and what is stored in turn. One look where there is none, as nearly
 * always. `forgetOwed(ids)`: what these owe is not owed any more, as their entries were deleted. Needs `owed`, the key, and `isThere`.
 *
 * What is read here decides whether a handler runs again: where it cannot be read, the script fails. Somebody else's key in the place of ours
 * holds nothing that is owed.
 */
export const OWED_AMONG = `
local areOwed = isThere(owed)
local function owedAmong(ids)
  local found = {}
  if not areOwed then return found end
  for i = 1, #ids do
    local stored = redis.pcall('HGET', owed, ids[i])
    if type(stored) == 'table' then
      if not string.find(stored.err, 'WRONGTYPE', 1, true) then error(stored.err) end
    elseif stored then
      found[#found + 1] = ids[i]
      found[#found + 1] = stored
    end
  end
  return found
end
local function forgetOwed(ids)
  if not areOwed then return end
  for i = 1, #ids do redis.pcall('HDEL', owed, ids[i]) end
end
`;
