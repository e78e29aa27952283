import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { ReplayCommand } from '../../model/ports/admin/revival.js';
import { readLife } from '../../wire/tasks/life.js';
import { Keys } from '../keys.js';
import { replay } from './replay.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const stream = 'spec:{replay}';
const keys = names.ofGroup(stream, 'g');

beforeEach(async () => {
  const left = await redis.keys('spec:{replay}*');
  if (left.length > 0) await redis.del(...left);
  await redis.xgroup('CREATE', keys.stream, 'g', '0', 'MKSTREAM');
});
afterAll(() => redis.disconnect());

/** Entries that the group has finished. */
async function finished(count: number, fields: readonly string[] = ['n', '1']): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await redis.xadd(keys.stream, '*', ...fields))!);
  await redis.xreadgroup('GROUP', 'g', 'a@1000ms', 'STREAMS', keys.stream, '>');
  await redis.xack(keys.stream, 'g', ...ids);
  return ids;
}

async function replayed(entryIds: readonly string[], command: Partial<ReplayCommand> = {}) {
  const all = { stream, group: 'g', terms: {}, entryIds, ...command };
  return (await replay(redis, names, all)).map(({ outcome }) => outcome);
}

const record = (id: string) => names.ofTask(stream, 'g', id).record;
const pending = async () => (await redis.xpending(keys.stream, 'g', '-', '+', 10)) as [id: string, ...unknown[]][];

it('a finished entry is pending again, in a life that is marked as a replay', async () => {
  const [id] = (await finished(1)) as [string];
  expect(await replayed([id], { terms: { by: 'ana', operation: 'op' } })).toEqual(['replayed']);
  expect((await pending()).map(([entry]) => entry)).toEqual([id]);
  const life = readLife((await redis.hget(keys.lives, id)) ?? undefined);
  expect(life).toMatchObject({ isReplay: true });
  expect(life?.redrives ?? 0).toBe(0);
});

it('what an operation has come to it does not replay again, though it has ended well since; another one does', async () => {
  const ids = (await finished(3)) as [string, string, string];
  const terms = { operation: 'op' };
  expect(await replayed(ids.slice(0, 2), { terms })).toEqual(['replayed', 'replayed']);
  await redis.xack(keys.stream, 'g', ...ids);
  expect(await replayed(ids, { terms })).toEqual(['done-before', 'done-before', 'replayed']);
  await redis.xack(keys.stream, 'g', ...ids);
  expect(await replayed(ids, { terms: { operation: 'other' } })).toEqual(['replayed', 'replayed', 'replayed']);
});

it('one is replayed once, though it is asked for twice in a call', async () => {
  const [id] = (await finished(1)) as [string];
  expect(await replayed([id, id])).toEqual(['replayed', 'pending']);
  expect(await pending()).toHaveLength(1);
});

it('leaves out what is pending, not there, not delivered, dead or ended otherwise, and a dry run changes nothing', async () => {
  const ids = (await finished(4)) as [string, string, string, string];
  const later = (await redis.xadd(keys.stream, '*', 'n', '1'))!;
  const letter = (await redis.xadd(keys.dead, '*', 'n', '1'))!;
  await redis.hset(record(ids[1]), 'state', 'cancelled');
  await redis.hset(record(ids[2]), 'state', 'dead-lettered', 'dead', letter);
  expect(await replayed([ids[0]], { isDry: true })).toEqual(['replayed']);
  expect(await pending()).toEqual([]);
  expect(await replayed([ids[0]])).toEqual(['replayed']);
  expect(await replayed([ids[0], ids[1], ids[2], '1-1', later])).toEqual([
    'pending',
    'ended-otherwise',
    'dead-lettered',
    'not-in-stream',
    'not-delivered',
  ]);
});

it('an entry whose deadline has passed is left as it is', async () => {
  const [id] = (await finished(1, ['n', '1', '~.deadline', '1000'])) as [string];
  expect(await replayed([id])).toEqual(['past-deadline']);
});

it('lives of tasks that ended where nobody knew of them make room when there is none', async () => {
  const ids = await finished(3);
  const stale = Array.from({ length: 500 }, (_, n) => [`${n + 1}-0`, '{}']).flat();
  await redis.hset(keys.lives, ...stale);
  expect(await replayed(ids)).toEqual(['replayed', 'replayed', 'replayed']);
  expect(await redis.hlen(keys.lives)).toBe(3);
});
