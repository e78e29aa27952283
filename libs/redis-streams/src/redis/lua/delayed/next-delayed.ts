/**
 * `nextDelayed()`: when the next delayed task of the stream is due, or false. It rides along on replies, so that a consumer knows without
 * asking for it. A key of somebody else counts as none. Needs `delayed`, the key, and `isThere`.
 */
export const NEXT_DELAYED = `
local function nextDelayed()
  return isThere(delayed) and redis.pcall('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2] or false
end
`;
