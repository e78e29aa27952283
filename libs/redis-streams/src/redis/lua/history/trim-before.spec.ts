import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { ENTRY_IDS } from '../fragments/entry-ids.js';
import { TRIM_BEFORE } from './trim-before.js';

const STREAM = 'spec:{trim-before}';
const redis = new Redis(process.env.REDIS_URL!);
beforeEach(async () => {
  await redis.del(STREAM);
  const add = redis.pipeline();
  for (let n = 1; n <= 1_000; n++) add.xadd(STREAM, `${n}-0`, 'n', n);
  await add.exec();
});
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const trimBefore = script(`${ENTRY_IDS} ${TRIM_BEFORE} return trimBefore(KEYS[1], ARGV[1]) and 1 or 0`);
const trimWhereCountable = script(
  `${ENTRY_IDS} ${TRIM_BEFORE} trimWhereCountable(KEYS[1], ARGV[1], tonumber(ARGV[2]))`,
);

async function firstId(): Promise<number> {
  return Number.parseInt((await redis.xrange(STREAM, '-', '+', 'COUNT', 1))[0]![0], 10);
}

it('what is before an id goes, but for less than a node of a hundred; nothing else does', async () => {
  while ((await runScript(redis, trimBefore, [STREAM], ['450-0'])) === 1);
  expect(await firstId()).toBeLessThanOrEqual(450);
  expect(await firstId()).toBeGreaterThan(350);
  expect(await runScript(redis, trimBefore, [STREAM], ['0-0'])).toBe(0);
});

it('where little comes after the floor, all that is finished but so many goes', async () => {
  await runScript(redis, trimWhereCountable, [STREAM, ''], ['800-0', 100]);
  expect(await redis.xlen(STREAM)).toBe(1_000);
  await runScript(redis, trimWhereCountable, [STREAM, ''], ['950-0', 100]);
  expect(await firstId()).toBeLessThanOrEqual(850);
  expect(await firstId()).toBeGreaterThan(750);
});
