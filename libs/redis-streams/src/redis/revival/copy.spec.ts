import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { entriesOf } from '../../../../../test/support/pending.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import type { CopyCommand } from '../../model/ports/admin/revival.js';
import { Keys } from '../keys.js';
import { copy } from './copy.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const [stream, target] = ['spec:{copy}', 'spec:{copy}:there'];
const dead = names.dead(stream);

beforeEach(async () => {
  const left = await redis.keys('spec:{copy}*');
  if (left.length > 0) await redis.del(...left);
});
afterAll(() => redis.disconnect());

async function letter(headers: Record<string, string> = {}, fields: readonly string[] = ['n', '1']) {
  const all = { '~dead-id': '5-1', '~dead-group': 'g', '~dead-error': 'boom', '~dead-deliveries': '3', ...headers };
  return (await redis.xadd(dead, '*', ...fields, ...Object.entries(all).flat()))!;
}

async function copied(command: Partial<CopyCommand> & Pick<CopyCommand, 'ids'>, client = redis) {
  const all = { stream, target, what: 'letters', again: false, terms: { operation: 'op' }, ...command } as const;
  return (await copy(client, names, all)).map(({ outcome }) => outcome);
}
const there = async () => (await entriesOf(redis, target)).map(({ fields }) => fields);

it('a letter becomes a task again, with all that its entry had, and what is known of its lives', async () => {
  const own = { '~.task': 't_1', '~.key': 'ttl 1 g k', '~.keep': '', '~.corr': '4-1 s', '~traceparent': '00-1' };
  const id = await letter(own);
  expect(await copied({ ids: [id, '1-1'] })).toEqual(['copied', 'gone']);
  const [{ '~.life': life, ...fields }] = (await there()) as [Record<string, string>];
  expect(fields).toEqual({ n: '1', '~.corr': '4-1 s', '~traceparent': '00-1' });
  expect(JSON.parse(life!)).toMatchObject({
    redrives: 1,
    deliveries: 3,
    operation: 'op',
    history: [{ error: 'boom', group: 'g' }],
    origin: { stream, id: '5-1' },
  });
  // It is deleted in a step of its own, which counts it.
  expect(await redis.xlen(dead)).toBe(1);
});

it('asked again, as after a crash before the letter was deleted, it adds nothing twice', async () => {
  const id = await letter();
  await copied({ ids: [id] });
  expect(await copied({ ids: [id] })).toEqual(['copied']);
  expect(await there()).toHaveLength(1);
});

it('an entry is copied once by each operation, marked as a replay, and stays', async () => {
  const id = (await redis.xadd(stream, '*', 'n', '1'))!;
  for (const operation of ['a', 'a', 'b']) {
    expect(await copied({ what: 'entries', ids: [id], terms: { operation } })).toEqual(['copied']);
  }
  const lives = (await there()).map((fields) => JSON.parse(fields['~.life']!) as object);
  expect(lives).toMatchObject([{ isReplay: true, operation: 'a', origin: { stream, id } }, { operation: 'b' }]);
  expect(await redis.xlen(stream)).toBe(1);
});

it('a letter of a copy that died knows where it came from first, and is left alone unless asked for', async () => {
  await copied({ ids: [await letter()] });
  const [{ '~.life': life }] = (await there()) as [Record<string, string>];
  const again = await letter({ '~.life': life!, '~dead-id': '9-1' });
  expect(await copied({ ids: [again] })).toEqual(['redriven-before']);
  expect(await copied({ ids: [again], again: true })).toEqual(['copied']);
  expect(JSON.parse((await there())[1]!['~.life']!)).toMatchObject({ redrives: 2, origin: { stream, id: '5-1' } });
});

it('a deadline that is relative counts anew, one that has passed is an obstacle, and wide letters are unpacked', async () => {
  const wide = { '~dead-fields': JSON.stringify(['w', '1', '~.deadline', '+60000']) };
  const ids = [await letter(wide, ['x', '1']), await letter({ '~.deadline': '5' })];
  expect(await copied({ ids })).toEqual(['copied', 'past-deadline']);
  const [fields] = await there();
  expect(fields).toMatchObject({ w: '1', '~.deadline': expect.stringMatching(/^\d{13}$/) as string });
});

it('too many fields for one call are told, and a dry run only tells', async () => {
  const many = Array.from({ length: 7_000 }, (_, n) => `${n}`);
  const ids = [await letter({ '~dead-fields': JSON.stringify(many) }), await letter()];
  expect(await copied({ ids, isDry: true })).toEqual(['too-wide', 'copied']);
  expect(await redis.exists(target)).toBe(0);
  expect(await copied({ ids })).toEqual(['too-wide', 'copied']);
  expect(await redis.xlen(target)).toBe(1);
});

it('where the target takes no entry the letters stay', async () => {
  const id = await letter();
  await redis.set(target, 'a text');
  await expect(copied({ ids: [id] })).rejects.toThrow(/WRONGTYPE/);
  expect(await redis.xlen(dead)).toBe(1);
});

it('where it stops half-way it tells what was added, whose letters can go then, and fails with the rest', async () => {
  const ids = [await letter(), await letter(), await letter()];
  const marker = ['dead', stream, ids[1]!, 0].map((part) => encodeURIComponent(part)).join(':');
  await redis.rpush(names.marker(target, marker), 'no text');
  expect(await copied({ ids })).toEqual(['copied', 'later', 'later']);
  await redis.xdel(dead, ids[0]!);
  await expect(copied({ ids: ids.slice(1) })).rejects.toThrow(/WRONGTYPE/);
  expect(await there()).toHaveLength(1);
});

it('while the memory is full letters stay, and are copied once when it is not', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const own = redisCli(url);
  const id = (await own.xadd(dead, '*', 'n', '1', '~dead-id', '5-1', '~dead-group', 'g'))!;
  await own.config('SET', 'maxmemory', '1');
  await expect(copied({ ids: [id] }, own)).rejects.toThrow(/OOM/);
  expect(await own.xlen(dead)).toBe(1);
  await own.config('SET', 'maxmemory', '0');
  expect(await copied({ ids: [id] }, own)).toEqual(['copied']);
  expect(await own.xlen(target)).toBe(1);
});
