import { beforeEach, describe, expect, it } from 'vitest';
import type { OutputQuestion } from '../../model/ports/tasks/task-store.js';
import { taskStoreForSpecs } from '../../../../../test/support/task-store-for-specs.js';

const { redis, keys, store, stream } = taskStoreForSpecs('look');
const TASK = { stream, group: 'g', id: '2-0' };
const { record, ears } = keys.ofTask(stream, 'g', '2-0');
const { retry } = keys.ofGroup(stream, 'g');

async function addThree(): Promise<void> {
  for (const id of ['1-0', '2-0', '3-0']) await redis.xadd(stream, id, 'n', id, '~.deadline', '+5', '~own', 'x');
}

async function deliver(consumer: string, count: number): Promise<void> {
  await redis.xreadgroup('GROUP', 'g', consumer, 'COUNT', count, 'STREAMS', stream, '>');
}

it('without a stream, a group or an entry it says so, and throws nothing', async () => {
  const nothing = { record: undefined, pending: undefined, retryAt: undefined, reserved: undefined };
  expect(await store.look(TASK)).toMatchObject({ ...nothing, groups: [], lastDelivered: undefined, first: undefined });

  await redis.xgroup('CREATE', stream, 'h', '0', 'MKSTREAM');
  expect(await store.look(TASK)).toMatchObject({ ...nothing, groups: ['h'], last: '0-0', first: undefined });

  await redis.xadd(stream, '5-0', 'n', '5');
  await redis.xgroup('CREATE', stream, 'g', '0');
  expect(await store.look(TASK)).toMatchObject({
    ...nothing,
    groups: ['g', 'h'],
    lastDelivered: '0-0',
    first: '5-0',
    last: '5-0',
  });
});

it('tells who has it, when it is due, its own headers and its record', async () => {
  await addThree();
  await redis.xgroup('CREATE', stream, 'g', '0');
  await deliver('gpu@1000ms', 2);
  expect(await store.look(TASK)).toMatchObject({
    groups: ['g'],
    lastDelivered: '2-0',
    pending: { consumer: 'gpu@1000ms', deliveryCount: 1 },
    reserved: { deadline: '+5' },
    record: undefined,
    first: undefined,
  });

  await redis.xclaim(stream, 'g', 'retry-scheduled', 0, '2-0', 'RETRYCOUNT', 4, 'JUSTID');
  await redis.zadd(retry, 1_700_000_000_123, '2-0');
  await redis.hset(record, 'reason', 'failure', '__proto__', 'x');
  const look = await store.look(TASK);
  expect(look).toMatchObject({
    pending: { consumer: 'retry-scheduled', deliveryCount: 4 },
    retryAt: 1_700_000_000_123,
    record: { reason: 'failure' },
  });
  expect(Object.keys(look.record!)).toEqual(['reason', '__proto__']);
  expect(look.pending!.idleMs).toBeLessThan(5_000);
  expect(Math.abs(look.serverNow - Date.now())).toBeLessThan(5_000);
});

const look = (forMs: number, address = 'me') => store.look(TASK, { address, forMs });

it('who wants to hear of it is remembered until then, and the longest counts', async () => {
  await addThree();
  await look(20_000);
  await look(1_000);
  await look(40_000, 'another');
  const [first, until, second, longer] = await redis.zrange(ears, '0', '-1', 'WITHSCORES');
  expect([first, second]).toEqual(['me', 'another']);
  expect(Number(longer) - Number(until)).toBeGreaterThanOrEqual(20_000);
  expect(await redis.pttl(ears)).toBeGreaterThan(30_000);
  await look(5_000);
  expect(await redis.pttl(ears)).toBeGreaterThan(30_000);

  await redis.zadd(ears, 5, 'me');
  await look(1_000, 'another');
  expect(await redis.zrange(ears, '0', '-1')).toEqual(['another']);
});

it('nobody is remembered where it has ended, or is not there', async () => {
  const listen = async () => {
    await store.look(TASK, { address: 'me', forMs: 5_000 });
    return redis.exists(ears);
  };
  expect(await listen()).toBe(0);
  await addThree();
  await redis.xgroup('CREATE', stream, 'g', '0');
  await redis.hset(record, 'state', 'cancelled');
  expect(await listen()).toBe(0);
  await redis.del(record);
  await deliver('me', 3);
  await redis.xack(stream, 'g', '2-0');
  expect(await listen()).toBe(0);
  await redis.xgroup('SETID', stream, 'g', '1-0');
  expect(await listen()).toBe(1);
});

const pageOfTwo = (after: string) => store.output({ task: TASK, after, count: 2, wantsLook: true });

it('a page of its output begins after the cursor, and says whether there is more', async () => {
  const { output } = keys.ofTask(stream, 'g', '2-0');
  for (const id of ['7-0', '7-1', '7-2', '8-0']) await redis.xadd(output, id, 'c', `"${id}"`);
  const page = await pageOfTwo('0-0');
  expect(page.entries).toEqual([
    { id: '7-0', kind: 'c', value: '"7-0"' },
    { id: '7-1', kind: 'c', value: '"7-1"' },
  ]);
  expect(page).toMatchObject({ isMore: true, look: { groups: [] } });
  const rest = await pageOfTwo('7-1');
  expect(rest.entries.map(({ id }) => id)).toEqual(['7-2', '8-0']);
  expect(rest.isMore).toBe(false);
  expect((await pageOfTwo('8-0')).entries).toEqual([]);
});

describe('a page of output', () => {
  const { output } = keys.ofTask(stream, 'g', '2-0');
  const ear = { address: 'me', forMs: 5_000 };
  const ask = (after: string, more: Partial<OutputQuestion> = {}) =>
    store.output({ task: TASK, after, count: 500, wantsLook: false, ...more }, ear);

  const hasLook = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).look !== undefined;

  beforeEach(async () => {
    await addThree();
    await redis.xgroup('CREATE', stream, 'g', '0');
    await deliver('me@1000ms', 3);
    await redis.xadd(output, '7-0', 'b', '');
    await redis.xadd(output, '7-1', 'c', '1');
    await redis.xadd(output, '7-2', 'p', '2');
  });

  it('comes with a look where it is asked for, or tells of something else than chunks and progress, or of nothing', async () => {
    expect(await hasLook('7-0')).toBe(false);
    expect(await hasLook('7-0', { wantsLook: true })).toBe(true);
    expect(await hasLook('0-0')).toBe(true);
    expect(await hasLook('7-2')).toBe(true);
    await redis.xadd(output, '7-3', 'e', 'completed');
    expect(await hasLook('7-1')).toBe(true);
  });

  it('lets who listens go on to do so', async () => {
    await ask('7-0');
    const until = Number(await redis.zscore(ears, 'me'));
    expect(until).toBeGreaterThan(Date.now() - 5_000);
    await redis.zadd(ears, until - 1_000, 'me');
    await ask('7-0');
    expect(Number(await redis.zscore(ears, 'me'))).toBe(until - 1_000);
    await redis.zadd(ears, until - 3_000, 'me');
    await ask('7-0');
    expect(Number(await redis.zscore(ears, 'me'))).toBeGreaterThanOrEqual(until);
  });

  it('is one of many that come together, each after its own cursor; what is too much at once is left for the next', async () => {
    const another = keys.ofTask(stream, 'g', '3-0').output;
    for (let n = 0; n < 2_500; n += 100) {
      const writes = redis.pipeline();
      for (let i = n; i < n + 100; i++) writes.xadd(another, `8-${i}`, 'c', '1');
      await writes.exec();
    }
    const long = { task: { ...TASK, id: '3-0' }, after: '8-0', count: 2_400, wantsLook: false };
    const [first, short, last] = await Promise.all([store.output(long, ear), ask('7-1'), store.output(long, ear)]);
    // A third each, and the last what is left.
    expect(first.entries).toHaveLength(1_666);
    expect(first).toMatchObject({ isMore: true, look: undefined });
    expect(last.entries).toHaveLength(2_400);
    expect(short.entries.map(({ id }) => id)).toEqual(['7-2']);
  });

  it('that cannot be read fails alone', async () => {
    await redis.set(keys.ofTask(stream, 'g', '3-0').output, 'a text');
    const [bad, good] = await Promise.allSettled([
      store.output({ task: { ...TASK, id: '3-0' }, after: '0-0', count: 1, wantsLook: false }, ear),
      ask('7-1'),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { kind: 'wrong-type' } });
    expect(good.status).toBe('fulfilled');
  });
});
