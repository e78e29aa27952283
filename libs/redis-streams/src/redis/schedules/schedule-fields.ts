import { MOST_AHEAD_MS } from '../../model/policy/schedule-rule.js';

/**
 * The fields of `{stream}:schedules`, a hash: for each schedule some, which begin so and end in its name. All go when it is removed; of
 * one whose declaration goes, a few bytes stay.
 */
export const SCHEDULE_FIELDS = {
  /** Of one made at run time: what it is, as JSON. */
  spec: 'spec:',
  /** Of one that is declared in code: what its ticks follow. */
  declared: 'code:',
  /** `<epoch ms> <task id>`: the last tick that counts, and the task of the last one that made one, which may be empty. */
  tick: 'tick:',
  /** `<epoch ms> <reason>`: since when it is paused. */
  pause: 'pause:',
} as const;

/**
 * `lastTickOf(name)`: the tick and the task, undefined and '' where it has none; `keepTick(name, ms, task)`; `endLeap(name)`: where its last tick is more than a
 * day ahead, no tick up to now counts. Need `schedules`, the key, and `now`.
 */
export const TICKS = `
local function lastTickOf(name)
  local kept = redis.call('HGET', schedules, '${SCHEDULE_FIELDS.tick}' .. name) or ''
  local at, task = string.match(kept, '^(%d+) (.*)$')
  return tonumber(at), task or ''
end
local function keepTick(name, ms, task)
  redis.call('HSET', schedules, '${SCHEDULE_FIELDS.tick}' .. name, string.format('%.0f ', ms) .. task)
end
local function endLeap(name)
  local at, task = lastTickOf(name)
  if not at or at <= now + ${MOST_AHEAD_MS} then return false end
  keepTick(name, now, task)
  return true
end
-- No tick up to now counts.
local function beginAnew(name)
  endLeap(name)
  local at, task = lastTickOf(name)
  keepTick(name, math.max(at or 0, now), task)
end
`;
