/**
 * `ringEars(ears, id, waiter)`: who has registered in that sorted set is to hear of news about a task, but for a waiter
 * that is rung anyway; returns how many have.
 * `ringOwner(consumer, id)`: the process of a consumer is to cancel it. `ringWaiter(address, id)`: the process that an entry
 * names is to hear that it has ended; all that one process hears so from a script is one message. `ringAll()` publishes them, as the script's last command: a
 * channel that an ACL denies ends a script on 7.0. Needs `now`, `bells` (how channels begin) and `place` (`GroupKeys.place`), which a
 * script for several groups sets before each of them.
 *
 * A message is kind, id or ids with commas, group (URI-encoded) and the stream's key, between spaces.
 */
export const RINGS = `
local rings, waiters = {}, {}
local function ringEars(ears, id, waiter)
  -- Somebody else's key in the place of ours hears nothing.
  local addresses = redis.pcall('ZRANGEBYSCORE', ears, now, '+inf')
  for i = 1, #addresses do
    if addresses[i] ~= waiter then rings[#rings + 1] = { addresses[i], 'news ' .. id .. ' ' .. place } end
  end
  return #addresses
end
local function ringWaiter(address, id)
  local ids = waiters[address] or {}
  waiters[address] = ids
  ids[#ids + 1] = id
end
local function ringOwner(consumer, id)
  local address = string.match(consumer, '^(.*)@%d+ms$')
  if address then rings[#rings + 1] = { address, 'cancel ' .. id .. ' ' .. place } end
end
local function ringAll()
  for address, ids in pairs(waiters) do rings[#rings + 1] = { address, 'ended ' .. table.concat(ids, ',') .. ' ' .. place } end
  for i = 1, #rings do redis.pcall('PUBLISH', bells .. rings[i][1], rings[i][2]) end
end
`;
