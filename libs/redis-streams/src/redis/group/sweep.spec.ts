import { expect, it } from 'vitest';
import { groupForSpecs, ME } from '../../../../../test/support/group-for-specs.js';
import type { SweepCommand } from '../../model/ports/claims.js';

const { redis, keys, group } = groupForSpecs('sweep');

const FROM_THE_START = { consumer: '', id: '' };

async function serverNow(): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

async function sweep(command: Partial<SweepCommand> = {}) {
  return group.sweep({
    limit: 100,
    expectedServerNow: await serverNow(),
    unstable: [],
    foreignAfterMs: 500_000,
    foreignLeaseMs: 500_000,
    from: FROM_THE_START,
    takeOver: 1,
    looksAround: false,
    slots: 7,
    stuck: 0,
    running: [],
    ...command,
  });
}

/** Entries of these ids, held by a consumer that has been silent for so long. */
async function held(consumer: string, idleMs: number, ...ids: number[]): Promise<void> {
  const write = redis.pipeline();
  for (const n of ids) write.xadd(keys.stream, `${n}-0`, 'n', n);
  write.xreadgroup('GROUP', 'g', consumer, 'COUNT', ids.length, 'STREAMS', keys.stream, '>');
  const now = await serverNow();
  for (const n of ids) write.xclaim(keys.stream, 'g', consumer, 0, `${n}-0`, 'TIME', now - idleMs, 'JUSTID');
  await write.exec();
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const ids = (claimed: readonly { id: string }[]) => claimed.map(({ id }) => Number.parseInt(id, 10));

it('own entries that no run here knows are claimed at their old count', async () => {
  await held(ME, 0, 1, 2, 3);
  const { claimed } = await sweep({ running: ['2-0'], expectedServerNow: undefined });
  expect(claimed).toEqual([
    { id: '1-0', deliveryCount: 1, fields: ['n', '1'], from: ME },
    { id: '3-0', deliveryCount: 1, fields: ['n', '3'], from: ME },
  ]);
});

it('of what a dead worker left so much is taken as asked for, and it is told that there is more', async () => {
  await held('dead@50000ms', 60_000, 1, 2);
  const first = await sweep();
  expect(first.claimed).toEqual([{ id: '1-0', deliveryCount: 2, fields: ['n', '1'], from: 'dead@50000ms' }]);
  expect(first).toMatchObject({ isMoreToTakeOver: true, next: { consumer: 'dead@50000ms', id: '2-0' } });
  expect(first.shortestLeaseMs).toBe(50_000);
  const second = await sweep({ from: first.next, running: ['1-0'] });
  expect(ids(second.claimed)).toEqual([2]);
  expect(second).toMatchObject({ isMoreToTakeOver: false, next: FROM_THE_START });
});

it('an entry is judged by the lease of who holds it, one of a foreign consumer by the time for these', async () => {
  await held('a@200000ms', 100_000, 1);
  await held('b@50000ms', 60_000, 2);
  await held('python', 400_000, 3);
  await held('python@5ms', 400_000, 4);
  expect(ids((await sweep({ takeOver: 9 })).claimed)).toEqual([2]);
  expect(ids((await sweep({ takeOver: 9, foreignAfterMs: 300_000, running: ['2-0'] })).claimed)).toEqual([3, 4]);
});

it('nobody is judged whose lease is unstable, or while the server’s clock is far from where it should be', async () => {
  await held('a@50000ms', 60_000, 1);
  expect((await sweep({ unstable: [{ longerThanMs: 40_000, shorterThanMs: 60_000 }] })).claimed).toEqual([]);
  expect((await sweep({ expectedServerNow: (await serverNow()) + 100_000 })).claimed).toEqual([]);
  expect((await sweep({ expectedServerNow: undefined })).claimed).toEqual([]);
  expect(ids((await sweep({ unstable: [{ longerThanMs: 50_000, shorterThanMs: 60_000 }] })).claimed)).toEqual([1]);
});

it('a sweep that does not get to the end is gone on with until it does', async () => {
  await held('a@1000000ms', 0, ...range(1, 3_000));
  await held('b@50000ms', 60_000, 3_001);
  let { next, claimed } = await sweep();
  let sweeps = 1;
  while (next.consumer !== '' && sweeps < 10) {
    ({ next, claimed } = await sweep({ from: next }));
    sweeps++;
  }
  expect(sweeps).toBe(2);
  expect(ids(claimed)).toEqual([3_001]);
});

it('entries that wait for a retry and that the retry set lacks are put back, due now', async () => {
  await held('retry-scheduled', 0, ...range(1, 2_500));
  await redis.zadd(keys.retry, 1, '7-0');
  await sweep();
  expect(await redis.zcard(keys.retry)).toBe(2_500);
  expect(await redis.zscore(keys.retry, '7-0')).toBe('1');
});

it('where the whole retry set was lost, it tells that the next retry is due', async () => {
  await held('retry-scheduled', 0, 1, 2);
  const swept = await sweep();
  expect(swept.nextDueAt).toBe(swept.serverNow);
});

it('says that this worker is there', async () => {
  await redis.del(keys.workers);
  await sweep();
  expect(await redis.hget(keys.workers, ME)).toMatch(/^7 \d+$/);
});

it('tells the shortest lease of all others where it looks around, of those that hold entries otherwise', async () => {
  await held('idle@300ms', 0, 1);
  await redis.xack(keys.stream, 'g', '1-0');
  await held('busy@400ms', 0, 2);
  await held(ME, 0, 3);
  expect(await sweep()).toMatchObject({ shortestLeaseMs: 400, consumers: 0 });
  expect(await sweep({ looksAround: true })).toMatchObject({ shortestLeaseMs: 300, consumers: 3 });
});

it('a consumer with an empty name, which is not ours, does not keep a sweep from its work', async () => {
  await held('', 600_000, 1);
  await held('dead@1000ms', 2_000, 2);
  expect(ids((await sweep({ takeOver: 2 })).claimed)).toEqual([1, 2]);
});
