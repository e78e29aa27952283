/**
 * `holderOf(id)`: who holds an entry that this consumer does not hold as expected, as `Holder` of the port says. Needs
 * `stream`, `group` and `retryConsumer`.
 */
export const HOLDER_OF = `
local function holderOf(id)
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if row then return row[2] == retryConsumer and 'retry' or 'another' end
  return #redis.call('XRANGE', stream, id, id) == 0 and 'deleted' or 'nobody'
end
`;
