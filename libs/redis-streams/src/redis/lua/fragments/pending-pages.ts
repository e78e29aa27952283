/** As a COUNT: a consumer's own pending list is as short as its slots, so that no page is needed. */
export const EVERY = '2147483647';

/**
 * `pendingPages(consumer, from, size)`: an iterator over what a consumer has pending, from an id or '-' on, in pages of so many
 * rows of XPENDING: { id, consumer, idle time, delivery count }. Each row comes once. Ranges that exclude their start are newer
 * than Redis 6.0, so that a page is asked for from the last row before it, and that row is taken out. A page may be empty.
 *
 * Needs `stream` and `group`.
 */
export const PENDING_PAGES = `
local function pendingPages(consumer, from, size)
  local start, last = from, nil
  return function()
    if not start then return nil end
    local rows = redis.call('XPENDING', stream, group, start, '+', size, consumer)
    start = #rows == size and rows[size][1] or nil
    if last and rows[1] and rows[1][1] == last then table.remove(rows, 1) end
    last = start
    return rows
  end
end
`;
