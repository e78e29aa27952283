import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { HOLDER_OF } from './holder.js';

const STREAM = 'spec:{holder}';
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const holders = script(`
local stream, group, retryConsumer = KEYS[1], 'g', 'retry-scheduled'
${HOLDER_OF}
local found = {}
for i, id in ipairs(ARGV) do found[i] = holderOf(id) end
return found`);

it('tells who holds an entry: another, the schedule of retries, nobody, or nobody as it was deleted', async () => {
  await redis.del(STREAM);
  for (const id of ['1-0', '2-0', '3-0', '4-0']) await redis.xadd(STREAM, id, 'n', id);
  await redis.xgroup('CREATE', STREAM, 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'another', 'COUNT', 4, 'STREAMS', STREAM, '>');
  await redis.xclaim(STREAM, 'g', 'retry-scheduled', 0, '2-0', 'JUSTID');
  await redis.xack(STREAM, 'g', '3-0', '4-0');
  await redis.xdel(STREAM, '4-0');
  expect(await runScript(redis, holders, [STREAM], ['1-0', '2-0', '3-0', '4-0', '9-0'])).toEqual([
    'another',
    'retry',
    'nobody',
    'deleted',
    'deleted',
  ]);
});
