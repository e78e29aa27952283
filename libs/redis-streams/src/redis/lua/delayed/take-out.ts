import { RECORD_TTL_MS } from '../../../wire/tasks/task-record.js';

/**
 * `writeRecord(id, field, value, …)`: what has become of a delayed task. `takeOut(ids)`: these wait no more, and who listens is rung, each in his group. So many at a time
 * that one command takes them.
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

local function writeRecord(id, ...)
  local record = beside .. ':task:' .. id
  -- Somebody else's key is told nothing, which must not keep a task from its stream.
  redis.pcall('HSET', record, ...)
  redis.pcall('PEXPIRE', record, '${RECORD_TTL_MS}')
end

local function takeOut(ids)
  if #ids == 0 then return end
  redis.call('ZREM', delayed, unpack(ids))
  redis.call('HDEL', tasks, unpack(ids))
  -- Nearly always nobody listens to any of them, which one look tells.
  local ears = {}
  for i = 1, #ids do ears[i] = beside .. ':ears:' .. ids[i] end
  if redis.pcall('EXISTS', unpack(ears)) == 0 then return end
  for i = 1, #ids do ringListeners(ids[i]) end
end
`;
