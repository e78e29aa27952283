import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';
import type { RunScript } from '../lua/run-script.js';
import { SCHEDULE_FIELDS, TICKS } from './schedule-fields.js';

const { spec, declared, tick, pause } = SCHEDULE_FIELDS;

/** What the scripts begin with. KEYS 1 schedules · ARGV 1 name */
const ONE = `
local schedules, name = KEYS[1], ARGV[1]
${SERVER_NOW}
${TICKS}
local function isThere()
  return redis.call('HEXISTS', schedules, '${spec}' .. name) == 1 or redis.call('HEXISTS', schedules, '${declared}' .. name) == 1
end
`;

/** ARGV 2 spec */
const putScript = script(`${ONE}
if redis.call('HGET', schedules, '${spec}' .. name) == ARGV[2] then return 0 end
beginAnew(name)
redis.call('HSET', schedules, '${spec}' .. name, ARGV[2])
return 1
`);

/** Returns 1 where there was one made at run time. */
const removeScript = script(`${ONE}
if redis.call('HDEL', schedules, '${spec}' .. name) == 0 then return 0 end
redis.call('HDEL', schedules, '${pause}' .. name)
if redis.call('HEXISTS', schedules, '${declared}' .. name) == 0 then redis.call('HDEL', schedules, '${tick}' .. name) end
return 1
`);

/** ARGV 2 reason. Returns 1 where there is such a schedule. */
const pauseScript = script(`${ONE}
if not isThere() then return 0 end
redis.call('HSETNX', schedules, '${pause}' .. name, string.format('%.0f ', now) .. ARGV[2])
return 1
`);

/** Returns 1 where there is such a schedule. */
const resumeScript = script(`${ONE}
if not isThere() then return 0 end
if redis.call('HEXISTS', schedules, '${pause}' .. name) == 1 then
  beginAnew(name)
  redis.call('HDEL', schedules, '${pause}' .. name)
end
return 1
`);

/** One key and one name each. */
type Change<More extends string[]> = (run: RunScript, key: string, name: string, ...more: More) => Promise<boolean>;

const changed =
  <More extends string[]>(made: typeof putScript): Change<More> =>
  async (run, key, name, ...more) =>
    (await run<number>(made, [key], [name, ...more])) === 1;

/** Where it is the same as before nothing changes. */
export const put = changed<[spec: string]>(putScript);
export const remove = changed<[]>(removeScript);
export const pauseSchedule = changed<[reason: string]>(pauseScript);
export const resumeSchedule = changed<[]>(resumeScript);
