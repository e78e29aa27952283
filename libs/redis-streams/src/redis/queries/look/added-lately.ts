/**
 * `addedLately(stream, now, withinMs, page)`: how many entries were added within so many milliseconds, by their ids, and within how many
 * that was: fewer where so many came that it stops counting, at ten pages.
 */
export const ADDED_LATELY = `
local function addedLately(stream, now, withinMs, page)
  local from, to, skip = string.format('%.0f-0', now - withinMs), '+', nil
  local count = 0
  for _ = 1, 10 do
    local entries = redis.call('XREVRANGE', stream, to, from, 'COUNT', page)
    local fresh = #entries
    if fresh > 0 and entries[1][1] == skip then fresh = fresh - 1 end
    count = count + fresh
    if #entries < page then return count, withinMs end
    to = entries[#entries][1]
    skip = to
  end
  return count, math.max(1, now - tonumber(string.match(to, '^%d+')))
end
`;
