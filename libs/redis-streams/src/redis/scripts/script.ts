/** A Lua script: runs whole, at once, on Redis 6.0 and later. There is no rollback: what it wrote before an error stays. */
export interface Script {
  readonly name: string;
  readonly numberOfKeys: number;
  readonly lua: string;
}

/** Server time in milliseconds, as `now`. */
export const SERVER_NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** As a COUNT: a consumer's own pending list is as short as its slots, so that no page is needed. */
export const EVERY = '2147483647';
