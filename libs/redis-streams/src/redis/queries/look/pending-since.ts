import { MOST_REVIVED_PENDING } from '../../../model/ports/admin/revival.js';

const PAGE = 100;

/**
 * `pendingSince(group, lives)`: the oldest entry that a group has pending, and since when, in epoch milliseconds, the one has been there that
 * has been there for longest: since it was added, or, of one that was redriven or is replayed, since then. false and false for none.
 *
 * Those that live again are walked through up to the first that does not: no later one can have been there for longer. There are no more of
 * them than may be pending at once, so that the walk has an end, and where there is none it is one look.
 *
 * Needs `stream` and `ask`.
 */
export const PENDING_SINCE = `
local function addedAt(id) return tonumber(string.match(id, '^%d+')) end
local function pendingSince(group, lives)
  if group['pending'] == 0 then return false, false end
  local first = redis.call('XPENDING', stream, group['name'])[2]
  if not first then return false, false end
  if ask('EXISTS', lives) ~= 1 then return first, addedAt(first) end
  local since, from = math.huge, first
  for _ = 1, ${Math.ceil(MOST_REVIVED_PENDING / PAGE) + 1} do
    local rows = redis.call('XPENDING', stream, group['name'], from, '+', ${PAGE})
    for i = 1, #rows do
      local id = rows[i][1]
      local life = ask('HGET', lives, id)
      -- As it is written, other numbers of that name are none of the life's.
      local revivedAt = life and tonumber(string.match(life, '"at":(%d+)'))
      since = math.min(since, revivedAt or addedAt(id))
      if not revivedAt then return first, since end
    end
    if #rows < ${PAGE} then break end
    -- It comes twice: ranges that exclude their start are newer than 6.0.
    from = rows[#rows][1]
  end
  return first, since < math.huge and since or addedAt(first)
end
`;
