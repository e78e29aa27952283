import type { Script } from './script.js';

/**
 * Writes down up to where the group has finished everything: below its oldest pending entry, or its last delivered one.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group
 */
export const keepMarkScript: Script = {
  name: 'nrsKeepMark',
  numberOfKeys: 2,
  lua: `
local stream, marks, group = KEYS[1], KEYS[2], ARGV[1]
local last
local groups = redis.call('XINFO', 'GROUPS', stream)
for i = 1, #groups do
  local fields = {}
  for j = 1, #groups[i], 2 do fields[groups[i][j]] = groups[i][j + 1] end
  if fields['name'] == group then last = fields['last-delivered-id'] end
end
if not last then return false end
local mark = last
local pending = redis.call('XPENDING', stream, group)
if pending[1] > 0 then
  local ms, sequence = string.match(pending[2], '^(%d+)-(%d+)$')
  local number = tonumber(sequence)
  if number > 0 and number < 9007199254740992 then
    mark = ms .. '-' .. string.format('%.0f', number - 1)
  elseif ms == '0' then
    mark = '0-0'
  else
    mark = string.format('%.0f', ms - 1) .. '-18446744073709551615'
  end
end
redis.call('HSET', marks, group, mark .. ' ' .. last)
return mark
`,
};
