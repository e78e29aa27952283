import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { ID_PAGES } from './id-pages.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const pages = script(`${ID_PAGES}
local ids, pages = {}, {}
for i = 1, tonumber(ARGV[1]) do ids[i] = 'id' .. i end
for page in idPages(ids, ARGV[2]) do pages[#pages + 1] = { #page, page[1], page[#page] } end
return { pages, #ids }`);

it.each([
  [0, []],
  [1, [[1, 'id1', 'id1']]],
  [5_000, [[5_000, 'id1', 'id5000']]],
  [
    10_001,
    [
      [5_000, 'id1', 'id5000'],
      [5_000, 'id5001', 'id10000'],
      [1, 'id10001', 'id10001'],
    ],
  ],
])('%i ids come in pages of 5,000', async (count, expected) => {
  expect(await runScript(redis, pages, [], [count])).toEqual([expected, count]);
});

it('each page ends with the word that is to come last, and the ids stay as they are', async () => {
  expect(await runScript(redis, pages, [], [5_001, 'JUSTID'])).toEqual([
    [
      [5_001, 'id1', 'JUSTID'],
      [2, 'id5001', 'JUSTID'],
    ],
    5_001,
  ]);
});
