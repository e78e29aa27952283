import { createHash } from 'node:crypto';

/** A Lua script: runs whole, at once, on Redis 6.0 and later. There is no rollback: what it wrote before an error stays. */
export interface Script {
  readonly lua: string;
  /** What EVALSHA knows it by. */
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Server time in milliseconds, as `now`. */
export const SERVER_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

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

/** A reply of names and values in turn as a table, as `toFields`. */
export const TO_FIELDS = `
local function toFields(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
`;

/** As a COUNT: a consumer's own pending list is as short as its slots, so that no page is needed. */
export const EVERY = '2147483647';
