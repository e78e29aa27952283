import type { GroupPause } from '../../model/groups/group-pause.js';

/** What each worker that has heard of a pause writes into it: its consumer's name follows. */
export const HEARD_BY = 'heard:';

/**
 * A pause is a hash: `reason`, `by`, `at` (since when) and `until` (empty: until it is resumed), in server milliseconds, and a field
 * for each consumer that has heard of it. `pauseOf(key)`: what there is to be told of it, as `RawPause`; false where the group is not
 * paused. One whose time is over goes. `hear(key, consumer)`: this worker has heard of it, and starts nothing any more:
 * only scripts that are sent while no read of its is under way may say so.
 *
 * Needs `now`.
 */
export const PAUSE_OF = `
local function pauseOf(key)
  if redis.call('EXISTS', key) == 0 then return false end
  local function field(name)
    local value = redis.pcall('HGET', key, name)
    return type(value) == 'string' and value or ''
  end
  local ends = tonumber(field('until'))
  if ends and ends <= now then
    redis.pcall('DEL', key)
    return false
  end
  -- Without it, it is somebody else's key.
  return field('at') ~= '' and { field('reason'), field('by'), field('at'), field('until') }
end
local function hear(key, consumer)
  -- Adds nothing, so that what follows is let pass while the memory is full.
  redis.pcall('HDEL', key, '')
  redis.pcall('HSET', key, '${HEARD_BY}' .. consumer, now)
end
`;

export type RawPause = [reason: string, by: string, at: string, until: string] | null;

export function asPause(raw: RawPause): GroupPause | undefined {
  if (!raw) return undefined;
  const [reason, by, at, until] = raw;
  return {
    reason: reason || undefined,
    by: by || undefined,
    since: new Date(Number(at)),
    until: until === '' ? undefined : new Date(Number(until)),
  };
}
