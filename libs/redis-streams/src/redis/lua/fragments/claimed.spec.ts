import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { CLAIMED } from './claimed.js';

const STREAM = 'spec:{claimed}';
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const claim = script(`
local stream, group = KEYS[1], 'g'
${CLAIMED}
local found = {}
for i, id in ipairs(ARGV) do
  local entry = redis.call('XCLAIM', stream, group, 'me', 0, id, 'RETRYCOUNT', 3)[1]
  found[i] = addClaimed(entry, id, 3, 'another') and 1 or 0
end
return { claimed, gone, found }`);

it('what is in the stream is claimed; what was deleted or trimmed is gone, and pending no more', async () => {
  await redis.del(STREAM);
  for (const id of ['1-0', '2-0', '3-0', '4-0']) await redis.xadd(STREAM, id, 'n', id);
  await redis.xgroup('CREATE', STREAM, 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'another', 'COUNT', 4, 'STREAMS', STREAM, '>');
  await redis.xdel(STREAM, '2-0');
  await redis.xtrim(STREAM, 'MAXLEN', 2);
  expect(await runScript(redis, claim, [STREAM], ['1-0', '2-0', '3-0'])).toEqual([
    [['3-0', 3, ['n', '3-0'], 'another']],
    ['1-0', '2-0'],
    [0, 0, 1],
  ]);
  const pending = (await redis.xpending(STREAM, 'g', '-', '+', 10)) as [string, string][];
  expect(pending.map(([id, consumer]) => [id, consumer])).toEqual([
    ['3-0', 'me'],
    ['4-0', 'another'],
  ]);
});
