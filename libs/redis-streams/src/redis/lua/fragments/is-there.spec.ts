import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { IS_THERE_AMONG_MANY } from './is-there.js';

const KEYS = ['spec:{is-there}:a', 'spec:{is-there}:b', 'spec:{is-there}:c'];
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(KEYS);
  redis.disconnect();
});

const there = script(`
local sideKeys, found = KEYS, {}
${IS_THERE_AMONG_MANY}
for i, key in ipairs(KEYS) do found[i] = isThere(key) and 1 or 0 end
return found`);

it('tells which keys are there, where none is and where one is', async () => {
  await redis.del(KEYS);
  expect(await runScript(redis, there, KEYS, [])).toEqual([0, 0, 0]);
  await redis.set(KEYS[1]!, 'x');
  expect(await runScript(redis, there, KEYS, [])).toEqual([0, 1, 0]);
});
