import { expect, it } from 'vitest';
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

it('a page of its output begins after the cursor, and says whether there is more', async () => {
  const { output } = keys.ofTask(stream, 'g', '2-0');
  for (const id of ['7-0', '7-1', '7-2', '8-0']) await redis.xadd(output, id, 'c', `"${id}"`);
  const page = await store.output(TASK, '0-0', 2);
  expect(page.entries).toEqual([
    { id: '7-0', kind: 'c', value: '"7-0"' },
    { id: '7-1', kind: 'c', value: '"7-1"' },
  ]);
  expect(page).toMatchObject({ isMore: true, look: { groups: [] } });
  const rest = await store.output(TASK, '7-1', 2);
  expect(rest.entries.map(({ id }) => id)).toEqual(['7-2', '8-0']);
  expect(rest.isMore).toBe(false);
  expect((await store.output(TASK, '8-0', 2)).entries).toEqual([]);
});
