import { script } from '../lua/script.js';

/**
 * Counts the entries after an id, up to another, which counts: in small pages, and at most 20,000, as a script blocks.
 *
 * KEYS 1 stream
 * ARGV 1 id, 2 last id
 * Returns { entries, 1 when that is exact, else 0 and a lower bound }.
 */
export const countBetweenScript = script(`
local stream, after, last, page = KEYS[1], ARGV[1], ARGV[2], 200
local from, skip, count = after, after, 0
for _ = 1, 100 do
  local entries = redis.call('XRANGE', stream, from, last, 'COUNT', page)
  count = count + #entries
  -- Exclusive ranges are newer than 6.0: a page begins with the last entry of the page before, which counts once.
  if entries[1] and entries[1][1] == skip then count = count - 1 end
  if #entries < page then return { count, 1 } end
  from = entries[#entries][1]
  skip = from
end
return { count, 0 }
`);
