import { script } from '../lua/script.js';

/**
 * Counts the entries after an id where the server does not (before 7.0, or when its own count is unsure): from both ends
 * of the gap in turn, in small pages, so that the shorter side ends it; at most 2,000 entries a side, as a script blocks.
 *
 * KEYS 1 stream
 * ARGV 1 id
 * Returns { entries after it, 1 when that is exact, else 0 and a lower bound }.
 */
export const countBacklogScript = script(`
local stream, after, page = KEYS[1], ARGV[1], 100
local length = redis.call('XLEN', stream)
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
for _ = 1, 20 do
  local ended
  count, ended = behind()
  if ended then return { count, 1 } end
  local processed
  processed, ended = done()
  if ended then return { length - processed, 1 } end
end
return { count, 0 }
`);
