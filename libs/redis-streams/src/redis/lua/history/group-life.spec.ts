import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { ENTRY_IDS } from '../fragments/entry-ids.js';
import { SERVER_NOW } from '../fragments/server-now.js';
import { GROUP_LIFE } from './group-life.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const rewind = script(`${SERVER_NOW} ${ENTRY_IDS} ${GROUP_LIFE}
local mark = { finished = 90, checkpoints = { { finished = 10, at = '1-0' }, { finished = 50, at = '5-0' } } }
rewindMark(mark, ARGV[1])
return { mark.finished, #mark.checkpoints }`);

it.each([
  ['9-0', 50, 2],
  ['5-0', 50, 2],
  ['4-9', 10, 1],
  ['0-0', 90, 0],
])(
  'back at %s, what was counted since the last checkpoint before it is forgotten',
  async (id, finished, checkpoints) => {
    expect(await runScript(redis, rewind, [], [id])).toEqual([finished, checkpoints]);
  },
);

const again = script(`${SERVER_NOW} ${ENTRY_IDS} ${GROUP_LIFE}
local passed = ARGV[1] == '0' and 0 or now - tonumber(ARGV[1])
return comesAgain({ again = { from = '1-0', to = '2-0', passed = passed } }) and 1 or 0`);

it.each([
  ['nothing', 0, 1],
  ['a moment', 500, 1],
  ['two seconds', 2_000, 0],
  ['two seconds, by a clock that was set back', -2_000, 0],
])('entries of a restore may come again until they were all delivered and %s passed', async (_, ms, expected) => {
  expect(await runScript(redis, again, [], [ms])).toBe(expected);
});
