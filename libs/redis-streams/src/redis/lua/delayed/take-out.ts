import { RECORD_TTL_MS } from '../../../wire/tasks/task-record.js';

/**
 * `takeOut(id, field, value, …)`: a delayed task waits no more. What has become of it is in its record from now on, and who listens is
 * rung, each in his group.
 *
 * Needs `stream`, `delayed`, `tasks`, `beside` (what the stream's own keys begin with), `place` (which it sets), `now` and `RINGS`. The keys of a single task are
 * made here: which tasks those are is not known before, and all are in the stream's slot.
 */
export const TAKE_OUT = `
local function ringListeners(id)
  local ears = beside .. ':ears:' .. id
  -- Somebody else's key in the place of ours hears nothing.
  local listeners = redis.pcall('ZRANGEBYSCORE', ears, now, '+inf')
  for i = 1, #listeners do
    local address, group = string.match(listeners[i], '^(.*) (%S+)$')
    if address then
      place = group .. ' ' .. stream
      ring(address, 'news', id)
    end
  end
  if #listeners > 0 then redis.pcall('DEL', ears) end
end

local function takeOut(id, ...)
  redis.call('ZREM', delayed, id)
  redis.call('HDEL', tasks, id)
  local record = beside .. ':task:' .. id
  -- Nor tells somebody else's key anything, which must not keep a task from its stream.
  redis.pcall('HSET', record, ...)
  redis.pcall('PEXPIRE', record, ${RECORD_TTL_MS})
  ringListeners(id)
end
`;
