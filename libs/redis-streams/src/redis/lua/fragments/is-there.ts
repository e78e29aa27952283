/** `isThere(key)`: whether there is such a key. */
export const IS_THERE = `
local function isThere(key) return redis.call('EXISTS', key) == 1 end
`;

/** The same with one command for all of them, where none is there, as nearly always. Needs `sideKeys`: all that will be asked for. */
export const IS_THERE_AMONG_MANY = `
local isAnyThere = redis.call('EXISTS', unpack(sideKeys)) > 0
local function isThere(key) return isAnyThere and redis.call('EXISTS', key) == 1 end
`;
