/**
 * Trims a stream in whole nodes of some hundred entries, so that a little more stays than may go:
 *
 * - `trimBefore(stream, id)`: what is before the id. Returns whether there may be more to trim: each call removes so much that it
 *   does not hold up others.
 * - `trimWhereCountable(stream, floor, maxEntries)`: where little comes after the floor, all that is finished but `maxEntries`: what is
 *   to stay can be counted there.
 *
 * Needs `ENTRY_IDS`.
 */
export const TRIM_BEFORE = `
local function trimBefore(stream, id)
  local removed = redis.pcall('XTRIM', stream, 'MINID', '~', id)
  -- It stops near 10,000, and near is all that is known: whoever removed something looks again.
  if type(removed) == 'number' then return removed > 0 end
  -- Before 6.2 there is only MAXLEN: count what may go, page by page, and trim by so much.
  for _ = 1, 20 do
    local page = redis.call('XRANGE', stream, '-', id, 'COUNT', 101)
    local count = #page
    if count > 0 and not isBefore(page[count][1], id) then count = count - 1 end
    if count == 0 then return false end
    removed = redis.call('XTRIM', stream, 'MAXLEN', '~', redis.call('XLEN', stream) - count)
    if removed == 0 then return false end
  end
  return true
end

local function trimWhereCountable(stream, floor, maxEntries)
  local after = redis.call('XRANGE', stream, floor, '+', 'COUNT', 101)
  if #after <= 100 then redis.call('XTRIM', stream, 'MAXLEN', '~', maxEntries + #after) end
end
`;
