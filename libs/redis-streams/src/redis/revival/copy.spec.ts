import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { entriesOf } from '../../../../../test/support/pending.js';
import type { CopyCommand } from '../../model/ports/admin/revival.js';
import { Keys } from '../keys.js';
import { copy } from './copy.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const [stream, target] = ['spec:{copy}', 'spec:{copy}:there'];

beforeEach(async () => {
  const left = await redis.keys('spec:{copy}*');
  if (left.length > 0) await redis.del(...left);
});
afterAll(() => redis.disconnect());

async function copied(command: Partial<CopyCommand> & Pick<CopyCommand, 'ids'>) {
  const all = { stream, target, terms: { operation: 'op' }, ...command };
  return (await copy(redis, names, all)).map(({ outcome }) => outcome);
}
const there = async () => (await entriesOf(redis, target)).map(({ fields }) => fields);

it('an entry is copied once by each operation, marked as a replay, and stays', async () => {
  const id = (await redis.xadd(stream, '*', 'n', '1'))!;
  for (const operation of ['a', 'a', 'b']) {
    expect(await copied({ ids: [id], terms: { operation } })).toEqual(['copied']);
  }
  const lives = (await there()).map((fields) => JSON.parse(fields['~.life']!) as object);
  expect(lives).toMatchObject([{ isReplay: true, operation: 'a', origin: { stream, id } }, { operation: 'b' }]);
  expect(await redis.xlen(stream)).toBe(1);
});

it('it has no own id, key or waiter, and a deadline that counts anew; what is past it, or too wide, is left out', async () => {
  const own = ['~.task', 't_1', '~.key', 'ttl 1 g k', '~.keep', '', '~.deadline', '+60000', '~traceparent', '00-1'];
  const wide = Array.from({ length: 6_999 }, (_, n) => `${n}`);
  const fields = [
    ['n', '1', ...own],
    ['n', '2', '~.deadline', '5'],
    [...wide, 'last'],
    ['n', '4'],
  ];
  const ids = await Promise.all(fields.map(async (each) => (await redis.xadd(stream, '*', ...each))!));
  const outcomes = ['copied', 'past-deadline', 'too-wide', 'copied'];
  expect(await copied({ ids, isDry: true })).toEqual(outcomes);
  expect(await there()).toEqual([]);
  expect(await copied({ ids })).toEqual(outcomes);
  const [{ '~.life': _, ...first }] = (await there()) as [Record<string, string>];
  const deadline = expect.stringMatching(/^\d{13}$/) as string;
  expect(first).toEqual({ n: '1', '~traceparent': '00-1', '~.deadline': deadline });
});

it('where it stops half-way it tells what was copied, and fails with the rest', async () => {
  const add = async () => (await redis.xadd(stream, '*', 'n', '1'))!;
  const ids = [await add(), await add(), await add()];
  const marker = ['replay', 'op', stream, ids[1]!, 0].map((part) => encodeURIComponent(part)).join(':');
  await redis.rpush(names.marker(target, marker), 'no text');
  expect(await copied({ ids })).toEqual(['copied', 'later', 'later']);
  await expect(copied({ ids: ids.slice(1) })).rejects.toThrow(/WRONGTYPE/);
  expect(await there()).toHaveLength(1);
});
