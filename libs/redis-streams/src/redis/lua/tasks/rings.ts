import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../../wire/header-contract.js';

/**
 * `ringEars(ears, id, waiter)`: who has registered in that sorted set is to hear of news about a task, but for a waiter that is rung
 * anyway; returns how many have. `ringOwner(consumer, id)`: the process of a consumer is to cancel it. `ringWaiter(address, id)`: the
 * process that an entry names is to hear that it has ended. `ringAll()` publishes them, as the script's last command: a channel that an
 * ACL denies ends a script on 7.0. Needs `now`, `bells` (how channels begin) and `place` (`GroupKeys.place`), which a script for several
 * groups sets before each of them.
 *
 * A message is kind, ids with commas, group (URI-encoded) and the stream's key, between spaces: one for all that a script tells a process
 * of one kind.
 */
export const RINGS = `
local rings, byName = {}, {}
local function ring(address, kind, id)
  local name = address .. ' ' .. kind .. ' ' .. place
  local known = byName[name]
  if not known then
    known = { address = address, kind = kind, place = place, ids = {} }
    byName[name] = known
    rings[#rings + 1] = known
  end
  known.ids[#known.ids + 1] = id
end
local function ringEars(ears, id, waiter)
  -- Somebody else's key in the place of ours hears nothing.
  local addresses = redis.pcall('ZRANGEBYSCORE', ears, now, '+inf')
  for i = 1, #addresses do
    if addresses[i] ~= waiter then ring(addresses[i], 'news', id) end
  end
  return #addresses
end
local function ringOwner(consumer, id)
  local address = string.match(consumer, '^(.*)@%d+ms$')
  if address then ring(address, 'cancel', id) end
end
local function ringWaiter(address, id) ring(address, 'ended', id) end
local function ringAll()
  for i = 1, #rings do
    local known = rings[i]
    local message = known.kind .. ' ' .. table.concat(known.ids, ',') .. ' ' .. known.place
    redis.pcall('PUBLISH', bells .. known.address, message)
  end
end
`;

/**
 * `waiterAmong(fields)`: the process that waits for a task, as its entry says; nil where it names none. The same as `wire/tasks/waiter` tells: what
 * cannot be the name of a process counts as none.
 */
export const WAITER_AMONG = `
local function waiterAmong(fields)
  for i = 1, #fields, 2 do
    if fields[i] == '${RESERVED_PREFIX}${RESERVED_HEADERS.keep}' then
      local name = tostring(fields[i + 1] or '')
      return #name < 300 and string.match(name, '^[^%s@]+:%d+:' .. string.rep('[%da-f]', 8) .. '$') or nil
    end
  end
end
`;
