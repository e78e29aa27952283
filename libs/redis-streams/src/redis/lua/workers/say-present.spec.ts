import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { PRESENT_FOR_MS } from '../../../model/policy/presence-rule.js';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { SAY_PRESENT } from './say-present.js';

const WORKERS = 'spec:{say-present}';
/** A moment in which nothing is tidied up. */
const NOW = 1_700_000_100_000;
const redis = new Redis(process.env.REDIS_URL!);
beforeEach(() => redis.del(WORKERS));
afterAll(async () => {
  await redis.del(WORKERS);
  redis.disconnect();
});

const sayPresent = script(`
local workers, now = KEYS[1], tonumber(ARGV[1])
${SAY_PRESENT}
sayPresent(ARGV[2], ARGV[3], ARGV[4])`);
const say = (now: number, consumer: string, stuck = 0) =>
  runScript(redis, sayPresent, [WORKERS], [now, consumer, 7, stuck]);

it('writes down the slots of a worker, and until when its word counts', async () => {
  await say(NOW, 'a');
  expect(await redis.hgetall(WORKERS)).toEqual({ a: `7 ${NOW + PRESENT_FOR_MS}` });
  expect(await redis.pttl(WORKERS)).toBeGreaterThan(PRESENT_FOR_MS);
});

it('and how many of them stuck runs hold, where there are any', async () => {
  await say(NOW, 'a', 2);
  await say(NOW, 'b');
  expect(await redis.hgetall(WORKERS)).toEqual({ a: `7 ${NOW + PRESENT_FOR_MS} 2`, b: `7 ${NOW + PRESENT_FOR_MS}` });
});

it('whose word counts no more is cleared away when somebody new comes', async () => {
  await redis.hset(WORKERS, { gone: `7 ${NOW}`, here: `7 ${NOW + 1} 2`, strange: 'word' });
  await say(NOW, 'new');
  expect((await redis.hkeys(WORKERS)).toSorted()).toEqual(['here', 'new']);
});

it('and where nobody new comes, every ten minutes, in which the hash is kept on, too', async () => {
  await redis.hset(WORKERS, { gone: `7 ${NOW}`, here: `7 ${NOW + 1}` });
  await say(NOW, 'here');
  expect(await redis.hlen(WORKERS)).toBe(2);
  expect(await redis.pttl(WORKERS)).toBe(-1);
  // Each worker has its word in every ten seconds.
  for (let now = NOW; now < NOW + 600_000; now += 10_000) await say(now, 'here');
  expect(await redis.hkeys(WORKERS)).toEqual(['here']);
  expect(await redis.pttl(WORKERS)).toBeGreaterThan(600_000);
});

it('somebody else’s key in its place is left alone', async () => {
  await redis.set(WORKERS, 'text');
  await say(NOW, 'a');
  await say(Math.ceil(NOW / 600_000) * 600_000, 'a');
  expect(await redis.get(WORKERS)).toBe('text');
  expect(await redis.pttl(WORKERS)).toBe(-1);
});
