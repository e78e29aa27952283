/**
 * Replies of names and values in turn, as those of XINFO and HGETALL, as tables: `toFields(flat)` for one, `consumersOf(stream,
 * group)` for a list of them, and `groupsOf(stream)` for all groups by name, none where there is no stream.
 */
export const TABLES = `
local function toFields(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
local function consumersOf(stream, group)
  local consumers = redis.call('XINFO', 'CONSUMERS', stream, group)
  for i = 1, #consumers do consumers[i] = toFields(consumers[i]) end
  return consumers
end
local function groupsOf(stream)
  local byName = {}
  if redis.call('EXISTS', stream) == 0 then return byName end
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local fields = toFields(flat)
    byName[fields['name']] = fields
  end
  return byName
end
`;
