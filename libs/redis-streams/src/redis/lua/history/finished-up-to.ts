/**
 * `finishedUpTo(stream, group)`: the id up to and with which a group has finished all. `group` is its table from XINFO GROUPS.
 *
 * Needs `ENTRY_IDS`.
 */
export const FINISHED_UP_TO = `
local function finishedUpTo(stream, group)
  local last = group['last-delivered-id']
  if group['pending'] == 0 then return last end
  -- Moved back by XGROUP SETID, a group has unfinished entries below its oldest pending one, too.
  local beforePending = previous(redis.call('XPENDING', stream, group['name'])[2])
  return isBefore(beforePending, last) and beforePending or last
end
`;
