/** More a script does not read at once: Redis does nothing else meanwhile. One part more may come on top. */
const MOST_BYTES = 4_194_304;
/** The first part; each next one is twice as large. */
const FIRST_PART = 8;

/**
 * `bytesOf(entry)`: its names and values. `fewEntries(stream, from, to, most)`: entries, the oldest first, and whether there may be more: no more of
 * them than asked for, and fewer where they are large; none only where there is none.
 */
export const FEW_ENTRIES = `
local function bytesOf(entry)
  local bytes = 0
  for i = 1, #entry[2] do bytes = bytes + #entry[2][i] end
  return bytes
end
local function fewEntries(stream, from, to, most)
  local found, bytes, part = {}, 0, ${FIRST_PART}
  while #found < most do
    -- Ranges that exclude their start are newer than Redis 6.0.
    local last = found[#found] and found[#found][1]
    local asked = math.min(part, most - #found) + (last and 1 or 0)
    local page = redis.call('XRANGE', stream, last or from, to, 'COUNT', asked)
    for i = 1, #page do
      if page[i][1] ~= last then
        found[#found + 1] = page[i]
        bytes = bytes + bytesOf(page[i])
      end
    end
    if #page < asked then return found, false end
    if bytes >= ${MOST_BYTES} then return found, true end
    part = part * 2
  end
  return found, true
end
local function isMuch(bytes) return bytes >= ${MOST_BYTES} end
`;
