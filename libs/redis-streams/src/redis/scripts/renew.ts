import { EVERY, SERVER_NOW, script } from './script.js';

/**
 * Renews the leases of all that runs here in one call: sets the idle time of the given entries to zero where this
 * consumer still owns them. XCLAIM itself asks no owner, hence the look first; JUSTID leaves the delivery count.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer, 3 first id, 4 last id, then all ids
 * Returns { server time, ids that this consumer no longer owns }.
 */
export const renewScript = script(`
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
${SERVER_NOW}
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[3], ARGV[4], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = true end
local mine, lost = {}, {}
for i = 5, #ARGV do
  local list = owned[ARGV[i]] and mine or lost
  list[#list + 1] = ARGV[i]
end
for first = 1, #mine, 5000 do
  local ids = { unpack(mine, first, math.min(first + 4999, #mine)) }
  ids[#ids + 1] = 'JUSTID'
  redis.call('XCLAIM', stream, group, consumer, 0, unpack(ids))
end
return { now, lost }
`);
