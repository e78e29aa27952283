import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { TABLES } from './tables.js';

const STREAM = 'spec:{tables}';
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const groups = script(`${TABLES}
local found = {}
for name, group in pairs(groupsOf(KEYS[1])) do found[#found + 1] = name .. ':' .. group['pending'] end
table.sort(found)
return found`);
const consumers = script(`${TABLES}
local found = {}
for i, consumer in ipairs(consumersOf(KEYS[1], 'g')) do found[i] = consumer['name'] .. ':' .. consumer['pending'] end
return found`);

it('groups are found by name, consumers in a list; no stream has no groups', async () => {
  await redis.del(STREAM);
  expect(await runScript(redis, groups, [STREAM], [])).toEqual([]);
  await redis.xadd(STREAM, '1-0', 'n', 1);
  await redis.xgroup('CREATE', STREAM, 'g', '0');
  await redis.xgroup('CREATE', STREAM, 'name', '0');
  await redis.xreadgroup('GROUP', 'g', 'a', 'COUNT', 1, 'STREAMS', STREAM, '>');
  expect(await runScript(redis, groups, [STREAM], [])).toEqual(['g:1', 'name:0']);
  expect(await runScript(redis, consumers, [STREAM], [])).toEqual(['a:1']);
});
