import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';

/**
 * Counts what is due at this moment, who is there to run it, and whether they may.
 *
 * KEYS 1 retry, 2 delayed, 3 workers, 4 pause: see `lua/pause-of`
 * Returns { server time in ms, retries that are due, delayed tasks that are due, workers that are there, 1 where the group is paused else 0 }; -1 for what it may not count.
 */
export const countDueScript = script(`
${SERVER_NOW}
local function counted(key)
  local count = redis.pcall('ZCOUNT', key, '-inf', string.format('%.0f', now))
  return type(count) == 'number' and count or -1
end
local present, said = 0, redis.pcall('HGETALL', KEYS[3])
if said.err then present = -1 end
for i = 2, #said, 2 do
  if now < tonumber(string.match(said[i], '^%d+ (%d+)$') or '0') then present = present + 1 end
end
local pause = redis.pcall('HMGET', KEYS[4], 'at', 'until')
local paused = pause.err and -1 or 0
if pause[1] and not ((tonumber(pause[2] or '') or now + 1) <= now) then paused = 1 end
return { now, counted(KEYS[1]), counted(KEYS[2]), present, paused }
`);
