import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { groupForSpecs, ME } from '../../../../../../test/support/group-for-specs.js';
import { Keys } from '../../keys.js';

const { redis, keys, group } = groupForSpecs('run-output');
const taskKeys = (id: string) => new Keys('').ofTask(keys.stream, 'g', id);

/** Entries that this consumer has read. */
async function read(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await redis.xadd(keys.stream, '*', 'n', n))!);
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  return ids;
}

const held = (ids: readonly string[]) => ids.map((entryId) => ({ entryId, deliveryCount: 1 }));

it('somebody else’s key in the place of an output or a record is left alone, and holds up no other task', async () => {
  const ids = await read(2);
  const [foreign, ours] = ids as [string, string];
  const { output, record } = taskKeys(foreign);
  await redis.set(output, 'a text', 'PX', 60_000);
  await redis.set(record, 'a text', 'PX', 60_000);
  const runs = await group.openRuns(held(ids).map((run) => ({ ...run, ttlMs: 60_000 })));
  expect([...runs.keys()]).toEqual([ours]);
  const flushes = held(ids).map((run) => ({ ...run, run: runs.get(ours)!, from: 1, entries: ['c', '1'] }));
  expect((await group.appendOutput(flushes, 60_000)).lost).toEqual(new Set([foreign]));
  expect((await group.keepProgress(held(ids).map((run) => ({ ...run, value: '1' })))).lost).toEqual(new Set([foreign]));
  expect(await redis.get(output)).toBe('a text');
  expect(await redis.xlen(taskKeys(ours).output)).toBe(2);
});

it('who has registered is rung for each that is written, and nobody else is', async () => {
  const ids = await read(2);
  const [watched] = ids as [string, string];
  const bell = new Redis(process.env.REDIS_URL!);
  const rings: string[] = [];
  try {
    bell.on('message', (_channel, message: string) => rings.push(message));
    await bell.subscribe(`${keys.bells}api-1`);
    await redis.zadd(taskKeys(watched).ears, Date.now() + 60_000, 'api-1', 1, 'gone');
    await redis.pexpire(taskKeys(watched).ears, 60_000);
    const runs = await group.openRuns(held(ids).map((run) => ({ ...run, ttlMs: 60_000 })));
    const flushes = held(ids).map((run) => ({ ...run, run: runs.get(run.entryId)!, from: 1, entries: ['c', '1'] }));
    expect((await group.appendOutput(flushes, 60_000)).watched).toEqual(new Set([watched]));
    await group.keepProgress(held(ids).map((run) => ({ ...run, value: '1' })));
    await bell.ping();
    expect(rings).toEqual(Array.from({ length: 3 }, () => `news ${watched} ${keys.place}`));
  } finally {
    bell.disconnect();
  }
});

it('what is written goes by itself, and a record that is kept for longer stays so', async () => {
  const ids = await read(1);
  const { output, record } = taskKeys(ids[0]!);
  const runs = await group.openRuns(held(ids).map((run) => ({ ...run, ttlMs: 60_000 })));
  expect(await redis.pttl(output)).toBeGreaterThan(50_000);
  const flushes = held(ids).map((run) => ({ ...run, run: runs.get(run.entryId)!, from: 1, entries: ['c', '1'] }));
  await group.appendOutput(flushes, 90_000);
  expect(await redis.pttl(output)).toBeGreaterThan(80_000);
  await group.keepProgress(held(ids).map((run) => ({ ...run, value: '1' })));
  expect(await redis.pttl(record)).toBeGreaterThan(23 * 3_600_000);
  await redis.pexpire(record, 7 * 24 * 3_600_000);
  await group.keepProgress(held(ids).map((run) => ({ ...run, value: '2' })));
  expect(await redis.pttl(record)).toBeGreaterThan(6 * 24 * 3_600_000);
  await redis.pexpire(record, 1_000);
});
