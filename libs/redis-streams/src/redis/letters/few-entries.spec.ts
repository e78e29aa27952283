import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { FEW_ENTRIES } from './few-entries.js';

const redis = new Redis(process.env.REDIS_URL!);
const stream = 'spec:few-entries';
beforeEach(() => redis.del(stream));
afterAll(() => redis.disconnect());

const read = script(`${FEW_ENTRIES}
local found, isCut = fewEntries(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
for i = 1, #found do found[i] = found[i][1] end
return { found, isCut and 1 or 0 }`);

async function add(count: number, payload = 'x') {
  for (let n = 1; n <= count; n++) await redis.xadd(stream, `${n}-0`, 'payload', payload);
}
async function few(from: string, to: string, most: number) {
  const [ids, isCut] = await runScript<[string[], number]>(redis, read, [stream], [from, to, most]);
  return { ids: ids.map((id) => Number(id.split('-')[0])), isCut: isCut === 1 };
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

it.each([
  [0, 500, { ids: [], isCut: false }],
  [7, 500, { ids: numbers(1, 7), isCut: false }],
  [100, 30, { ids: numbers(1, 30), isCut: true }],
  [100, 500, { ids: numbers(1, 100), isCut: false }],
])('of %i small entries, up to %i come, each once and in turn', async (count, most, expected) => {
  await add(count);
  expect(await few('-', '+', most)).toEqual(expected);
});

it('those between two ids come, both included', async () => {
  await add(40);
  expect(await few('3-0', '22-0', 500)).toEqual({ ids: numbers(3, 22), isCut: false });
});

it('of large ones fewer come, and the next call goes on with the others', async () => {
  await add(40, 'x'.repeat(400_000));
  const { ids, isCut } = await few('-', '+', 500);
  expect(isCut).toBe(true);
  expect(ids).toEqual(numbers(1, 24));
  expect(await few('25-0', '+', 500)).toEqual({ ids: numbers(25, 40), isCut: false });
});

it('one larger than what is read at once comes, too', async () => {
  await add(1, 'x'.repeat(5_000_000));
  expect(await few('-', '+', 500)).toEqual({ ids: [1], isCut: false });
});
