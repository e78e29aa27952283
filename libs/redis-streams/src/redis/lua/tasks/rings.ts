/**
 * `ringEars(ears, id)`: who has registered in that sorted set is to hear of news about a task; returns how many those are.
 * `ringOwner(consumer, id)`: the process of a consumer is to cancel it. `ringAll()` publishes them, as the script's last command: a
 * channel that an ACL denies ends a script on 7.0. Needs `now`, `bells` (how channels begin) and `place` (`GroupKeys.place`), which a
 * script for several groups sets before each of them.
 *
 * A message is kind, id, group (URI-encoded) and the stream's key, between spaces.
 */
export const RINGS = `
local rings = {}
local function ringEars(ears, id)
  -- Somebody else's key in the place of ours hears nothing.
  local addresses = redis.pcall('ZRANGEBYSCORE', ears, now, '+inf')
  for i = 1, #addresses do rings[#rings + 1] = { addresses[i], 'news ' .. id .. ' ' .. place } end
  return #addresses
end
local function ringOwner(consumer, id)
  local address = string.match(consumer, '^(.*)@%d+ms$')
  if address then rings[#rings + 1] = { address, 'cancel ' .. id .. ' ' .. place } end
end
local function ringAll()
  for i = 1, #rings do redis.pcall('PUBLISH', bells .. rings[i][1], rings[i][2]) end
end
`;
