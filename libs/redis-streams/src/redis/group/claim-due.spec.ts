import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runScript } from '../lua/run-script.js';
import { claimDueScript } from './claim-due.js';

const STREAM = 'spec:{claim-due}';
const RETRY = `${STREAM}:retry`;

let redis: Redis;
beforeAll(async () => {
  redis = new Redis(process.env.REDIS_URL!);
  await redis.del(STREAM, RETRY);
});
afterAll(async () => {
  await redis.del(STREAM, RETRY);
  redis.disconnect();
});

it('what is late by its worker’s clock is due, once, also where the server’s clock says that it is not', async () => {
  await redis.xgroup('CREATE', STREAM, 'g', '0', 'MKSTREAM');
  for (const id of ['1-0', '2-0', '3-0', '4-0']) await redis.xadd(STREAM, id, 'n', id);
  await redis.xreadgroup('GROUP', 'g', 'retry-scheduled', 'COUNT', 4, 'STREAMS', STREAM, '>');
  const inAMinute = Date.now() + 60_000;
  for (const id of ['2-0', '3-0', '4-0']) await redis.zadd(RETRY, inAMinute, id);
  await redis.zadd(RETRY, 0, '1-0');

  const late = ['1-0', '2-0', '4-0', '9-0'];
  const [, next, claimed] = await runScript<[number, string, [string, number][]]>(
    redis,
    claimDueScript,
    [STREAM, RETRY],
    ['g', 'me', 'retry-scheduled', 10, late.length, ...late, '4-0'],
  );
  expect(claimed.map(([id, count]) => [id, count])).toEqual([
    ['1-0', 2],
    ['2-0', 2],
  ]);
  expect(Number(next)).toBe(inAMinute);
  expect(await redis.zrange(RETRY, '0', '-1')).toEqual(['3-0', '4-0']);
});
