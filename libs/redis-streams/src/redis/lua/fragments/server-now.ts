/** Server time: in milliseconds as `now`, and as Redis tells it, { seconds, microseconds }, as `time`. */
export const SERVER_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
