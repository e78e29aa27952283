/**
 * Where an entry is that this consumer does not own as expected: in no pending list, not even in the stream, parked for a
 * retry, or elsewhere.
 */
export type Whereabouts = 'gone' | 'deleted' | 'parked' | 'elsewhere';

/**
 * `whereabouts(id)`: where an entry is that this consumer does not own as expected: 'deleted' from the stream, or trimmed, and
 * with nobody; 'gone' from the pending list; 'parked' for a retry; or 'elsewhere'. Needs `stream`, `group` and `parking`.
 */
export const WHEREABOUTS = `
local function whereabouts(id)
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if row then return row[2] == parking and 'parked' or 'elsewhere' end
  return #redis.call('XRANGE', stream, id, id) == 0 and 'deleted' or 'gone'
end
`;
