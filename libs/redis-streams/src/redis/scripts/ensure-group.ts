import { ENTRY_IDS, SERVER_NOW, script } from './script.js';

/**
 * Creates the group unless it exists. A group that was there before and vanished is put together again from its mark: at
 * the last entry it delivered, with what was pending back at its owners; without a snapshot of that, at its low-water mark,
 * so that nothing unfinished is skipped. Where the mark vanished too, or the stream began anew, at the first entry.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group, 2 id to create a new group at, 3 '1' when this process has used the group before
 * Returns { 'exists' | 'created' | 'restored', id it was created at, last id delivered before it vanished,
 *           entries in the stream, pending entries put back to their owners }.
 */
export const ensureGroupScript = script(`
local stream, marks, group, startAfter, known = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3] == '1'
${SERVER_NOW}
${ENTRY_IDS}

if redis.call('EXISTS', stream) == 1 then
  local groups = redis.call('XINFO', 'GROUPS', stream)
  for i = 1, #groups do
    for j = 1, #groups[i], 2 do
      if groups[i][j] == 'name' and groups[i][j + 1] == group then return { 'exists', '', '', 0, 0 } end
    end
  end
end

local generated = '0-0'
if redis.call('EXISTS', stream) == 1 then
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then generated = info[i + 1] end
  end
end
local at, last, outcome, snapshot = startAfter, '', 'created', ''
local mark = redis.call('HGET', marks, group)
if mark then
  outcome = 'restored'
  at, last = string.match(mark, '^(%S+) (%S+)')
  snapshot = string.match(mark, '\\n(.*)$') or ''
  if isBefore(generated, at) then
    at, last, snapshot = '0-0', '', '\\n'
  elseif snapshot ~= '' or at == last then
    -- What was pending is known: nothing before the last delivered one needs to run again but that.
    at = last
  end
elseif known then
  outcome, at = 'restored', '0-0'
end
redis.call('XGROUP', 'CREATE', stream, group, at, 'MKSTREAM')
if outcome == 'created' then
  -- From now on the group is never created at '$' again, whatever happens before its first entry is finished.
  local from = at == '$' and generated or at
  redis.call('HSET', marks, group, from .. ' ' .. from .. ' 0 ' .. string.format('%.0f', now))
end
local putBack = 0
for owner, ids in string.gmatch(snapshot, '(%S+) (%S+)') do
  for id, count in string.gmatch(ids, '([%d-]+):(%d+)') do
    redis.pcall('XCLAIM', stream, group, owner, 0, id, 'RETRYCOUNT', count, 'FORCE', 'JUSTID')
    putBack = putBack + 1
  end
end
return { outcome, at, last, redis.call('XLEN', stream), putBack }
`);
