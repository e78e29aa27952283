/**
 * `listen(ears, address, forMs)`: remembers who wants to hear of a task. What is remembered outlasts what it replaces: another wait of
 * that process may need it longer. Needs `now`.
 */
export const LISTEN = `
local function listen(ears, address, forMs)
  -- Comes first as it adds nothing: it is not refused while the memory is full, and then what follows is not, either.
  redis.call('ZREMRANGEBYSCORE', ears, '-inf', now)
  local known = tonumber(redis.call('ZSCORE', ears, address) or '0')
  if known < now + forMs then redis.call('ZADD', ears, now + forMs, address) end
  if redis.call('PTTL', ears) < forMs then redis.call('PEXPIRE', ears, forMs) end
end
`;
