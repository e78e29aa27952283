import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { entriesOf } from '../../../../../test/support/pending.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import type { CopyLettersCommand } from '../../model/ports/admin/revival.js';
import { Keys } from '../keys.js';
import { copyLetters } from './copy-letters.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const stream = 'spec:{letters}';
const dead = names.dead(stream);

beforeEach(async () => {
  const left = await redis.keys('spec:{letters}*');
  if (left.length > 0) await redis.del(...left);
});
afterAll(() => redis.disconnect());

async function letter(headers: Record<string, string> = {}, fields: readonly string[] = ['n', '1']) {
  const all = { '~dead-id': '5-1', '~dead-group': 'g', '~dead-error': 'boom', '~dead-deliveries': '3', ...headers };
  return (await redis.xadd(dead, '*', ...fields, ...Object.entries(all).flat()))!;
}

async function copied(letterIds: readonly string[], command: Partial<CopyLettersCommand> = {}, client = redis) {
  const all = { stream, letterIds, again: false, terms: { operation: 'op' }, ...command };
  return (await copyLetters(client, names, all)).map(({ outcome }) => outcome);
}
const there = async () => (await entriesOf(redis, stream)).map(({ fields }) => fields);

it('a letter becomes a task again, with all that its entry had, and what is known of its lives', async () => {
  const own = { '~.task': 't_1', '~.key': 'ttl 1 g k', '~.keep': '', '~.corr': '4-1 s', '~traceparent': '00-1' };
  const id = await letter(own);
  expect(await copied([id, '1-1'])).toEqual(['copied', 'gone']);
  const [{ '~.life': life, ...fields }] = (await there()) as [Record<string, string>];
  expect(fields).toEqual({ n: '1', '~.corr': '4-1 s', '~traceparent': '00-1' });
  expect(JSON.parse(life!)).toMatchObject({
    redrives: 1,
    deliveries: 3,
    operation: 'op',
    history: [{ error: 'boom', group: 'g' }],
    origin: { stream, id: '5-1' },
  });
  expect(await redis.xlen(dead)).toBe(0);
});

it('asked again, whenever that is, it adds nothing twice; as part of a bulk action only where that stands', async () => {
  const record = names.ofOperations(stream).records + 'op';
  const step = { stream, operationId: 'op', holder: 'me', from: '0-0', to: '9-9', skipped: {} };
  await redis.hset(record, { state: 'running', holder: 'me', cursor: '0-0' });
  const ids = [await letter(), await letter()];
  expect(await copied(ids, { step: { ...step, holder: 'another' } })).toEqual([]);
  expect(await copied(ids, { step })).toEqual(['copied', 'copied']);
  expect(await redis.hgetall(record)).toMatchObject({ done: '2', cursor: '9-9' });
  expect(await copied(ids, { step })).toEqual([]);
  expect(await copied(ids)).toEqual(['gone', 'gone']);
  expect(await there()).toHaveLength(2);
});

it('a letter of a copy that died knows where it came from first, and is left alone unless asked for', async () => {
  await copied([await letter()]);
  const [{ '~.life': life }] = (await there()) as [Record<string, string>];
  const again = await letter({ '~.life': life!, '~dead-id': '9-1' });
  expect(await copied([again])).toEqual(['redriven-before']);
  expect(await copied([again], { again: true })).toEqual(['copied']);
  expect(JSON.parse((await there())[1]!['~.life']!)).toMatchObject({ redrives: 2, origin: { stream, id: '5-1' } });
});

it('a deadline that is relative counts anew, one that has passed is an obstacle, and wide letters are unpacked', async () => {
  const wide = { '~dead-fields': JSON.stringify(['w', '1', '~.deadline', '+60000']) };
  const ids = [await letter(wide, ['x', '1']), await letter({ '~.deadline': '5' })];
  expect(await copied(ids)).toEqual(['copied', 'past-deadline']);
  const [fields] = await there();
  expect(fields).toMatchObject({ w: '1', '~.deadline': expect.stringMatching(/^\d{13}$/) as string });
});

it('too many fields for one call, and those that cannot be read, are told: their letters stay', async () => {
  const many = Array.from({ length: 7_000 }, (_, n) => `${n}`);
  const odd = ['[', '[]', '[1,2]', '["a"]', '{}'];
  const wide = [JSON.stringify(many), ...odd].map((text) => letter({ '~dead-fields': text }));
  const ids = [...(await Promise.all(wide)), await letter()];
  expect(await copied(ids)).toEqual([...wide.map(() => 'too-wide'), 'copied']);
  expect(await there()).toHaveLength(1);
  expect(await redis.xlen(dead)).toBe(wide.length);
});

it('where the stream takes no entry the letters stay', async () => {
  const id = await letter();
  await redis.set(stream, 'a text');
  await expect(copied([id])).rejects.toThrow(/WRONGTYPE/);
  expect(await redis.xlen(dead)).toBe(1);
});

it('where it stops half-way it has moved the first ones, and fails with the rest, whose letters stay', async () => {
  const ids = [await letter(), await letter(), await letter()];
  // There is one id after it.
  await redis.xadd(stream, '18446744073709551615-18446744073709551614', 'last', 'but one');
  expect(await copied(ids)).toEqual(['copied', 'later', 'later']);
  await expect(copied(ids.slice(1))).rejects.toThrow(/ID/);
  expect(await there()).toHaveLength(2);
  expect(await redis.xlen(dead)).toBe(2);
});

it('while the memory is full letters stay, and are copied once when it is not', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const own = redisCli(url);
  const id = (await own.xadd(dead, '*', 'n', '1', '~dead-id', '5-1', '~dead-group', 'g'))!;
  await own.config('SET', 'maxmemory', '1');
  await expect(copied([id], {}, own)).rejects.toThrow(/OOM/);
  expect(await own.xlen(dead)).toBe(1);
  await own.config('SET', 'maxmemory', '0');
  expect(await copied([id], {}, own)).toEqual(['copied']);
  expect(await own.xlen(stream)).toBe(1);
});
