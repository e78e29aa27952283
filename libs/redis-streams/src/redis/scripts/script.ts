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

/** Entry ids as numbers, as `parts`, and in their order, as `isBefore`. Where the sequence is missing it counts as 0. */
export const ENTRY_IDS = `
local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-?(%d*)$')
  return tonumber(ms), tonumber(sequence) or 0
end
local function isBefore(a, b)
  local aMs, aSequence = parts(a)
  local bMs, bSequence = parts(b)
  return aMs < bMs or (aMs == bMs and aSequence < bSequence)
end
`;

/** As a COUNT: a consumer's own pending list is as short as its slots, so that no page is needed. */
export const EVERY = '2147483647';
