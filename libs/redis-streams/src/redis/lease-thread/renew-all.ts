import { EVERY, script } from '../lua/script.js';

/**
 * Renews all that a consumer owns, for a process that cannot tell which of it runs: its event loop is blocked.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer
 * Returns the number of entries.
 */
export const renewAllScript = script(`
local rows = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ${EVERY}, ARGV[2])
local ids = {}
for i = 1, #rows do ids[i] = rows[i][1] end
for first = 1, #ids, 5000 do
  local part = { unpack(ids, first, math.min(first + 4999, #ids)) }
  part[#part + 1] = 'JUSTID'
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, unpack(part))
end
return #ids
`);
