import { PRESENT_FOR_MS, SAY_PRESENT_EVERY_MS } from '../../../model/policy/presence-rule.js';

/** How often those whose word counts no more are cleared away, in milliseconds. */
const TIDY_EVERY_MS = 600_000;
/** Without a word the hash goes. It outlives several times of tidying, each of which prolongs it. */
const KEPT_MS = 6 * TIDY_EVERY_MS;

/**
 * `sayPresent(consumer, slots, stuck)`: this worker is there, has so many slots, and so many of them are held by stuck runs: '0' is left out. Streams
 * tell of a consumer only once it was given an entry, and nothing of its slots. One command, but for whoever is new and a while every ten minutes, in which each worker has its word: then the first of them clears away
 * those who say nothing any more. What cannot be written is left out, as the script has better things to do. Needs `now`, and `workers`, the key.
 */
export const SAY_PRESENT = `
local function tidy()
  local said = redis.pcall('HGETALL', workers)
  -- Somebody else's key.
  if said.err then return end
  for i = 1, #said, 2 do
    if now >= tonumber(string.match(said[i + 1], '^%d+ (%d+)') or '0') then redis.pcall('HDEL', workers, said[i]) end
  end
  redis.pcall('PEXPIRE', workers, ${KEPT_MS})
end
local function sayPresent(consumer, slots, stuck)
  local word = slots .. string.format(' %.0f', now + ${PRESENT_FOR_MS})
  if stuck ~= '0' then word = word .. ' ' .. stuck end
  local added = redis.pcall('HSET', workers, consumer, word)
  if added ~= 1 and now % ${TIDY_EVERY_MS} >= ${2 * SAY_PRESENT_EVERY_MS} then return end
  -- One is enough.
  if redis.call('PTTL', workers) < ${KEPT_MS - TIDY_EVERY_MS / 2} then tidy() end
end
`;
