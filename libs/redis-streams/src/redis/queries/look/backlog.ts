/**
 * `backlogAfter(stream, id, length, page, pages)`: how many entries come after an id, and 1 where that is exact, else 0 and a lower
 * bound. Counted from both ends of the gap in turn, so that the shorter side ends it: at most so many pages a side, each of so many
 * entries, as a script blocks.
 */
export const BACKLOG_AFTER = `
local function backlogAfter(stream, after, length, page, pages)
  -- Exclusive ranges are newer than 6.0: a page begins with the last entry of the page before, which counts once.
  local function counter(command, from, to, skip)
    local count, ended = 0, false
    return function()
      local entries = redis.call(command, stream, from, to, 'COUNT', page)
      local fresh = #entries
      if fresh > 0 and entries[1][1] == skip then fresh = fresh - 1 end
      count = count + fresh
      ended = #entries < page
      if not ended then
        from = entries[#entries][1]
        skip = from
      end
      return count, ended
    end
  end
  local behind = counter('XRANGE', after, '+', after)
  local done = counter('XREVRANGE', after, '-', nil)
  local count = 0
  for _ = 1, pages do
    local ended
    count, ended = behind()
    if ended then return count, 1 end
    local processed
    processed, ended = done()
    if ended then return length - processed, 1 end
  end
  return count, 0
end
`;
