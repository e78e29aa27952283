import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { PENDING_PAGES } from './pending-pages.js';

const STREAM = 'spec:{pending-pages}';
const redis = new Redis(process.env.REDIS_URL!);
beforeAll(async () => {
  await redis.del(STREAM);
  await redis.xgroup('CREATE', STREAM, 'g', '0', 'MKSTREAM');
  for (let n = 1; n <= 7; n++) await redis.xadd(STREAM, `${n}-0`, 'n', n);
  const read = (consumer: string, count: number) =>
    redis.xreadgroup('GROUP', 'g', consumer, 'COUNT', count, 'STREAMS', STREAM, '>');
  await read('me', 4);
  await read('another', 1);
  await read('me', 2);
});
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const walk = script(`
local stream, group = KEYS[1], 'g'
${PENDING_PAGES}
local pages = {}
for rows in pendingPages('me', ARGV[1], tonumber(ARGV[2])) do
  local page = {}
  for i = 1, #rows do
    page[i] = rows[i][1]
    if ARGV[3] == 'ack' then redis.call('XACK', stream, group, rows[i][1]) end
  end
  pages[#pages + 1] = page
end
return pages`);
const ALL = ['1-0', '2-0', '3-0', '4-0', '6-0', '7-0'];

it.each([2, 3, 5, 6, 7, 100])('in pages of %i each row comes once', async (size) => {
  const pages = await runScript<string[][]>(redis, walk, [STREAM], ['-', size]);
  expect(pages.flat()).toEqual(ALL);
  expect(pages[0]).toEqual(ALL.slice(0, size));
});

it('begins with the id that it is given', async () => {
  const pages = await runScript<string[][]>(redis, walk, [STREAM], ['3-0', 2]);
  expect(pages.flat()).toEqual(ALL.slice(2));
});

it('goes on where rows are settled meanwhile', async () => {
  const pages = await runScript<string[][]>(redis, walk, [STREAM], ['-', 2, 'ack']);
  expect(pages.flat()).toEqual(ALL);
  expect(await runScript(redis, walk, [STREAM], ['-', 2])).toEqual([[]]);
});
