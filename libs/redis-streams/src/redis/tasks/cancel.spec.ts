import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.js';
import { taskStoreForSpecs } from '../../../../../test/support/task-store-for-specs.js';

const { redis, keys, store, stream } = taskStoreForSpecs('cancel');
const ID = '2-0';
const DAY = 24 * 3_600_000;
const OWNER = 'gpu:1:x@1000ms';

const of = (group: string) => ({ ...keys.ofGroup(stream, group), ...keys.ofTask(stream, group, ID) });
const cancel = (group?: string, reason?: string) => store.cancel({ stream, id: ID, group, reason });
const recordOf = (group: string) => redis.hgetall(of(group).record);

/** Three entries, and groups that have not read them. */
async function scene(...groups: string[]): Promise<void> {
  for (const id of ['1-0', ID, '3-0']) await redis.xadd(stream, id, 'n', id, '~json:n', '');
  for (const group of groups) await redis.xgroup('CREATE', stream, group, '0');
}

async function read(group: string, consumer = OWNER): Promise<void> {
  await redis.xreadgroup('GROUP', group, consumer, 'COUNT', 2, 'STREAMS', stream, '>');
}

async function schedule(group: string): Promise<void> {
  await read(group);
  await redis.xclaim(stream, group, 'retry-scheduled', 0, ID, 'RETRYCOUNT', 2, 'JUSTID');
  await redis.zadd(of(group).retry, 5, ID);
}

async function pendingOf(group: string) {
  return (await redis.xpending(stream, group, ID, ID, 1)) as [string, string, number, number][];
}

/** What is rung at some addresses from now on. */
async function bells(...addresses: string[]): Promise<string[]> {
  const heard: string[] = [];
  const subscriber = new Redis(process.env.REDIS_URL!);
  onTestFinished(() => subscriber.disconnect());
  await subscriber.subscribe(...addresses.map((address) => keys.bells + address));
  subscriber.on('message', (channel: string, message: string) =>
    heard.push(`${channel.slice(keys.bells.length)}: ${message}`),
  );
  return heard;
}

describe('that has reached its deadline', () => {
  it('has expired, whether it waits or is scheduled for a retry, and is left to who comes to it', async () => {
    await redis.xadd(stream, '1-0', 'n', '1', '~.deadline', '+5');
    await redis.xadd(stream, ID, 'n', '2', '~.deadline', '9');
    await redis.xgroup('CREATE', stream, 'waits', '0');
    await redis.xgroup('CREATE', stream, 'retries', '0');
    await schedule('retries');
    expect(await cancel()).toBe('finished');
    expect(await redis.xlen(stream)).toBe(2);
    expect(await pendingOf('retries')).toHaveLength(1);
    expect(await recordOf('waits')).toEqual({});
  });

  it('is marked where it runs: it may still end well', async () => {
    await redis.xadd(stream, ID, 'n', '2', '~.deadline', '9');
    await redis.xgroup('CREATE', stream, 'runs', '0');
    await read('runs');
    expect(await cancel()).toBe('requested');
  });
});

describe('that no group has read', () => {
  it('is deleted, and its fields are kept; twice says the same', async () => {
    await scene('workers');
    const before = Date.now() - 5_000;
    expect(await cancel(undefined, 'by "hand"')).toBe('cancelled');
    expect(await redis.xrange(stream, ID, ID)).toEqual([]);
    const { at, fields, ...record } = await recordOf('workers');
    expect(record).toEqual({ state: 'cancelled', 'cancel-reason': 'by "hand"' });
    expect(JSON.parse(fields!)).toEqual(['n', ID, '~json:n', '']);
    expect(Number(at)).toBeGreaterThan(before);
    const ttl = await redis.pttl(of('workers').record);
    expect(ttl).toBeGreaterThan(7 * DAY - 60_000);
    expect(ttl).toBeLessThanOrEqual(7 * DAY);

    expect(await cancel(undefined, 'again')).toBe('cancelled');
    expect(await recordOf('workers')).toMatchObject({ at, 'cancel-reason': 'by "hand"' });
  });

  it('is so in each group of the stream', async () => {
    await scene('a', 'b b', 'c');
    expect(await cancel()).toBe('cancelled');
    for (const group of ['a', 'b b', 'c']) expect(await recordOf(group)).toMatchObject({ state: 'cancelled' });
    expect(await recordOf('workers')).toEqual({});
    expect(await cancel()).toBe('cancelled');
  });

  it('is so for the group that will come, where there is none yet', async () => {
    await scene();
    expect(await cancel()).toBe('cancelled');
    expect(await recordOf('workers')).toMatchObject({ state: 'cancelled' });
    expect(await redis.xlen(stream)).toBe(2);
  });

  it('stays for the other groups where only one is meant: it is marked there', async () => {
    await scene('a', 'b');
    expect(await cancel('a', 'why')).toBe('requested');
    expect(await redis.xlen(stream)).toBe(3);
    expect(await recordOf('a')).toMatchObject({ 'cancel-reason': 'why' });
    expect(await recordOf('a')).not.toHaveProperty('state');
    expect(await redis.hget(of('a').cancels, ID)).toMatch(/^\d{13}:why$/);
    expect(await recordOf('b')).toEqual({});
  });

  it('is marked for a group that will come', async () => {
    await scene();
    expect(await cancel('later')).toBe('requested');
    expect(await redis.hget(of('later').cancels, ID)).toMatch(/^\d{13}:$/);
  });
});

describe('that is scheduled for a retry', () => {
  it('ends at once; whoever listens is told, and its output ends', async () => {
    await scene('a');
    await schedule('a');
    const { ears, output, retry, cancels, record } = of('a');
    await redis.zadd(ears, Date.now() + 60_000, 'web', 5, 'gone');
    await redis.xadd(output, '1700000000000-4', 'c', '"x"');
    await redis.hset(record, 'reason', 'failure', 'error', 'Error: x');
    await redis.hset(cancels, ID, '1:earlier');
    const heard = await bells('web', 'gone');

    expect(await cancel()).toBe('cancelled');
    expect(await pendingOf('a')).toEqual([]);
    expect(await redis.zcard(retry)).toBe(0);
    expect(await redis.hlen(cancels)).toBe(0);
    expect(await recordOf('a')).toMatchObject({ state: 'cancelled', error: 'Error: x' });
    expect((await redis.xrange(output, '-', '+')).at(-1)).toEqual(['1700000000000-5', ['e', 'cancelled']]);
    expect(await redis.xlen(stream)).toBe(3);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`web: news ${ID} a ${stream}`]);

    expect(await cancel()).toBe('cancelled');
    expect(await redis.xlen(output)).toBe(2);
  });
});

describe('that runs', () => {
  it('is marked and its owner rung; owner, count and lease stay as they are', async () => {
    await scene('a');
    await read('a');
    await redis.xclaim(stream, 'a', OWNER, 0, ID, 'IDLE', 70_000, 'RETRYCOUNT', 4, 'JUSTID');
    const heard = await bells('gpu:1:x');
    for (const reason of ['first', 'second', undefined]) expect(await cancel(undefined, reason)).toBe('requested');

    const [[, owner, idleMs, count] = []] = await pendingOf('a');
    expect([owner, count]).toEqual([OWNER, 4]);
    expect(idleMs).toBeGreaterThanOrEqual(70_000);
    expect(await recordOf('a')).toEqual({ cancel: expect.stringMatching(/^\d{13}$/), 'cancel-reason': 'first' });
    expect(await redis.hgetall(of('a').cancels)).toEqual({ [ID]: expect.stringMatching(/^\d{13}:first$/) });
    expect(await redis.pttl(of('a').cancels)).toBeGreaterThan(DAY - 60_000);
    expect(await redis.pttl(of('a').record)).toBeGreaterThan(DAY - 60_000);
    await eventually(() => heard.length === 3);
    expect(new Set(heard)).toEqual(new Set([`gpu:1:x: cancel ${ID} a ${stream}`]));
  });

  it('keeps a record that lives longer', async () => {
    await scene('a');
    await read('a');
    await redis.hset(of('a').record, 'progress', '1');
    await redis.pexpire(of('a').record, 3 * DAY);
    await cancel();
    expect(await redis.pttl(of('a').record)).toBeGreaterThan(2 * DAY);
  });

  it('is cancelled in each group as it is there', async () => {
    await scene('waits', 'runs', 'retries', 'done');
    await read('runs');
    await schedule('retries');
    await read('done');
    await redis.xack(stream, 'done', ID);
    expect(await cancel()).toBe('requested');
    expect(await redis.xlen(stream)).toBe(3);
    expect(await redis.hexists(of('waits').cancels, ID)).toBe(1);
    expect(await redis.hexists(of('runs').cancels, ID)).toBe(1);
    expect(await recordOf('retries')).toMatchObject({ state: 'cancelled' });
    expect(await recordOf('done')).toEqual({});
  });
});

describe('that cannot be cancelled', () => {
  it('has finished, with a record or without', async () => {
    await scene('a');
    await read('a');
    await redis.xack(stream, 'a', ID);
    expect(await cancel()).toBe('finished');
    expect(await recordOf('a')).toEqual({});
    for (const state of ['completed', 'dead-lettered', 'expired']) {
      await redis.hset(of('a').record, 'state', state);
      expect(await cancel()).toBe('finished');
    }
    expect(await cancel('a')).toBe('finished');
  });

  it('has a group whose name is no text: that is said, instead of asking for ever', { timeout: 5_000 }, async () => {
    await scene('a');
    await redis.xgroup('CREATE', stream, Buffer.from([0xff, 0xfe]), '0');
    await expect(cancel()).rejects.toThrow(/name/);
    expect(await cancel('a')).toBe('requested');
  });

  it('is unknown: another group, no entry, no stream', async () => {
    expect(await cancel()).toBe('unknown');
    await scene('a');
    expect(await cancel('b')).toBe('unknown');
    await redis.xdel(stream, ID);
    expect(await cancel()).toBe('unknown');
    expect((await redis.keys(`${stream}*`)).filter((key) => key !== stream)).toEqual([]);
  });
});

it('marks that nobody took away are forgotten after a day, where there are many', async () => {
  await scene('a');
  await read('a');
  const { cancels } = of('a');
  const add = async (count: number, prefix: string, at: number) => {
    const marks = Array.from({ length: count }, (_, n) => [`${prefix}${n}-0`, `${at}:`]).flat();
    await redis.hset(cancels, ...marks);
  };
  await add(90, '7', Date.now());
  await add(9, '8', Date.now() - 2 * DAY);
  await cancel();
  expect(await redis.hlen(cancels)).toBe(100);

  await add(1_000, '9', Date.now() - 2 * DAY);
  for (let n = 0; n < 500 && (await redis.hlen(cancels)) > 100; n++) await cancel();
  expect(await redis.hlen(cancels)).toBeLessThanOrEqual(100);
  expect(await redis.hexists(cancels, '789-0')).toBe(1);
  expect(await redis.hexists(cancels, ID)).toBe(1);
});
