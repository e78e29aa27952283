import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import type { TaskNote } from '../../model/ports/settlement.js';
import { groupForSpecs, ME } from '../../../../../test/support/group-for-specs.js';

const { redis, keys, group } = groupForSpecs('settle');

async function delivered(): Promise<string> {
  const id = (await redis.xadd(keys.stream, '*', 'n', '1'))!;
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  const { record, output, ears } = group.taskKeys(id);
  await redis.del(record, output, ears);
  return id;
}

const completed: TaskNote = { state: 'completed', fields: ['result', '1'], ttlMs: 60_000 };
const ack = (entryId: string, note: TaskNote) =>
  group.settle({ acks: [{ entryId, deliveryCount: 1, note }], retries: [], deadLetters: [] });

describe('what is kept of a task', () => {
  it('goes after its time, and what is said meanwhile shortens no life', async () => {
    const id = await delivered();
    const { record } = group.taskKeys(id);
    const failed: TaskNote = { state: undefined, fields: ['error', 'x'], ttlMs: 50_000 };
    await redis.hset(record, 'progress', '1');
    await redis.pexpire(record, 500_000);
    const retry = { entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 1, note: failed };
    await group.settle({ acks: [], retries: [retry], deadLetters: [] });
    expect(await redis.pttl(record)).toBeGreaterThan(400_000);
    await group.claimDue({ limit: 1, notThese: [], late: [] });
    await group.settle({ acks: [{ entryId: id, deliveryCount: 2, note: completed }], retries: [], deadLetters: [] });
    expect(await redis.pttl(record)).toBeLessThanOrEqual(60_000);
    expect(await redis.hgetall(record)).toEqual({
      progress: '1',
      result: '1',
      state: 'completed',
      at: expect.any(String),
    });
  });

  it('takes the place of a key of somebody else, which holds nothing up', async () => {
    const id = await delivered();
    const { record } = group.taskKeys(id);
    await redis.set(record, 'a text');
    expect((await ack(id, completed)).lost.size).toBe(0);
    expect(await redis.hget(record, 'result')).toBe('1');
  });

  it('is written though the memory is full', async () => {
    const id = await delivered();
    const [, before] = (await redis.config('GET', 'maxmemory')) as [string, string];
    await redis.config('SET', 'maxmemory', '1');
    try {
      expect((await ack(id, completed)).lost.size).toBe(0);
    } finally {
      await redis.config('SET', 'maxmemory', before);
    }
    expect(await redis.hget(group.taskKeys(id).record, 'state')).toBe('completed');
    expect((await redis.xpending(keys.stream, 'g'))[0]).toBe(0);
  });
});

it('an output ends with its state, after all that was written, and is kept for its time', async () => {
  const id = await delivered();
  const { output } = group.taskKeys(id);
  await redis.xadd(output, '1700000000000-0', 'b', '');
  await redis.xadd(output, '1700000000000-7', 'c', '"x"');
  await ack(id, { ...completed, outputTtlMs: 30_000 });
  expect((await redis.xrange(output, '-', '+')).at(-1)).toEqual(['1700000000000-8', ['e', 'completed']]);
  expect(await redis.pttl(output)).toBeGreaterThan(20_000);
});

it('rings those who want to hear of it, and forgets them when it has ended', async () => {
  const id = await delivered();
  const { ears } = group.taskKeys(id);
  await redis.zadd(ears, Date.now() + 100_000, 'listener', Date.now() - 100_000, 'gone');
  const heard: string[] = [];
  const subscriber = redisCli();
  subscriber.on('message', (channel: string, message: string) => heard.push(`${channel} ${message}`));
  await subscriber.subscribe(`${keys.bells}listener`, `${keys.bells}gone`);
  await ack(id, completed);
  await eventually(() => heard.length > 0);
  expect(heard).toEqual([`nrs:bell:listener news ${id} ${keys.place}`]);
  expect(await redis.exists(ears)).toBe(0);
});
