/**
 * What a script has claimed, for its reply: `claimed`, as { id, delivery count, fields, whose it was } each, and `gone`, the ids
 * that are no longer in the stream. `addClaimed(entry, id, count, from)` adds an entry as XCLAIM returned it. It returns nothing for
 * one that was deleted or trimmed, and some versions keep that pending: it is acked. Returns whether there was an entry.
 *
 * Needs `stream` and `group`.
 */
export const CLAIMED = `
local claimed, gone = {}, {}
local function addClaimed(entry, id, count, from)
  if entry then
    claimed[#claimed + 1] = { id, count, entry[2], from }
    return true
  end
  redis.call('XACK', stream, group, id)
  gone[#gone + 1] = id
  return false
end
`;
