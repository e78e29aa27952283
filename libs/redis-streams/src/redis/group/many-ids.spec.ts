import { expect, it } from 'vitest';
import { groupForSpecs, ME } from '../../../../../test/support/group-for-specs.js';
import { renewAllScript } from '../lease-thread/renew-all.js';
import { runScript } from '../lua/run-script.js';

const { redis, keys, group } = groupForSpecs('many-ids');

const MANY = 10_001;

async function readMany(consumer: string): Promise<string[]> {
  const add = redis.pipeline();
  for (let n = 1; n <= MANY; n++) add.xadd(keys.stream, `${n}-0`, 'n', n);
  await add.exec();
  await redis.xreadgroup('GROUP', 'g', consumer, 'COUNT', MANY, 'STREAMS', keys.stream, '>');
  await redis.xclaim(keys.stream, 'g', consumer, 0, '1-0', `${MANY}-0`, 'IDLE', 60_000, 'JUSTID');
  return Array.from({ length: MANY }, (_, n) => `${n + 1}-0`);
}

async function idleOfFirstAndLast(): Promise<number[]> {
  const rows = [
    ...(await redis.xpending(keys.stream, 'g', '1-0', '1-0', 1)),
    ...(await redis.xpending(keys.stream, 'g', `${MANY}-0`, `${MANY}-0`, 1)),
  ] as [string, string, number, number][];
  return rows.map(([, , idle]) => idle);
}

it('more ids than Lua can pass to one call are settled', async () => {
  const ids = await readMany(ME);
  const acks = ids.map((entryId) => ({ entryId, deliveryCount: 1 }));
  const { lost } = await group.settle({ acks, retries: [], deadLetters: [] });
  expect(lost.size).toBe(0);
  expect((await redis.xpending(keys.stream, 'g'))[0]).toBe(0);
});

it('more ids than Lua can pass to one call are renewed', async () => {
  const ids = await readMany(ME);
  expect((await group.renew(ids)).lost.size).toBe(0);
  expect(Math.max(...(await idleOfFirstAndLast()))).toBeLessThan(60_000);
});

it('more ids than Lua can pass to one call are renewed by the lease thread', async () => {
  await readMany(ME);
  expect(await runScript(redis, renewAllScript, [keys.stream], ['g', ME])).toBe(MANY);
  expect(Math.max(...(await idleOfFirstAndLast()))).toBeLessThan(60_000);
});

it('more ids than Lua can pass to one call are claimed', async () => {
  const ids = await readMany('retry-scheduled');
  const schedule = redis.pipeline();
  for (const id of ids) schedule.zadd(keys.retry, 0, id);
  await schedule.exec();
  await redis.xdel(keys.stream, '1-0', `${MANY}-0`);
  const { claimed, deleted } = await group.claimDue({ limit: MANY, late: [], notThese: [] });
  expect(claimed).toHaveLength(MANY - 2);
  expect(deleted).toEqual(['1-0', `${MANY}-0`]);
});
