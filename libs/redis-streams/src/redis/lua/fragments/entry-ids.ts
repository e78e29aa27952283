/**
 * The order of entry ids, as `isBefore`, and the greatest id before another, as `previous`. Both parts of an id are 64 bits
 * wide and Lua's numbers are exact to 2^53 only, so that ids stay texts: of equal length they compare as numbers do. Where
 * the sequence is missing it counts as 0.
 */
export const ENTRY_IDS = `
local function parts(id)
  local ms, sequence = string.match(id, '^0*(%d+)-?0*(%d*)$')
  return ms, sequence == '' and '0' or sequence
end
local function isLess(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function isBefore(a, b)
  local aMs, aSequence = parts(a)
  local bMs, bSequence = parts(b)
  if aMs ~= bMs then return isLess(aMs, bMs) end
  return isLess(aSequence, bSequence)
end
local function minusOne(digits)
  local head, digit, zeros = string.match(digits, '^(%d-)([1-9])(0*)$')
  local text = head .. (digit - 1) .. string.rep('9', #zeros)
  return string.match(text, '^0*(%d+)$')
end
local function previous(id)
  local ms, sequence = parts(id)
  if sequence ~= '0' then return ms .. '-' .. minusOne(sequence) end
  if ms ~= '0' then return minusOne(ms) .. '-18446744073709551615' end
  return '0-0'
end
`;
