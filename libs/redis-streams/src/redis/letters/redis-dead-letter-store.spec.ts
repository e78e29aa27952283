import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { nextEntryId } from '../../wire/entry-id.js';
import { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { RedisDeadLetterStore } from './redis-dead-letter-store.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const stream = 'spec:{letters}';
const store = new RedisDeadLetterStore((script, keys, args) => runScript(redis, script, keys, args), names);
const ALL = { from: '0-1', to: '9999999999999-0', count: 100 };

beforeEach(() => redis.del(names.dead(stream)));
afterAll(() => redis.disconnect());

async function add(count: number, bytes: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await redis.xadd(names.dead(stream), '*', 'text', 'x'.repeat(bytes)))!);
  return ids;
}

it('reads as many whole letters as it is asked for, and says whether there may be more', async () => {
  expect(await store.letters(stream, ALL)).toEqual({ letters: [], isCut: false });
  const ids = await add(12, 10);
  const { letters, isCut } = await store.letters(stream, ALL);
  expect({ ids: letters.map(({ id }) => id), isCut }).toEqual({ ids, isCut: false });
  expect(letters[0]!.fields).toEqual(['text', 'x'.repeat(10)]);
  expect(await store.letters(stream, { ...ALL, count: 5 })).toMatchObject({ isCut: true, letters: { length: 5 } });
});

it('of large ones it reads fewer, and none is missed', async () => {
  const ids = await add(30, 1_000_000);
  const found: string[] = [];
  for (let from = ALL.from, isLast = false; !isLast;) {
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const { letters, isCut } = await store.letters(stream, { ...ALL, from });
    expect(letters.length).toBeLessThanOrEqual(8);
    found.push(...letters.map(({ id }) => id));
    isLast = !isCut;
    if (isCut) from = nextEntryId(letters.at(-1)!.id);
  }
  expect(found).toEqual(ids);
});
