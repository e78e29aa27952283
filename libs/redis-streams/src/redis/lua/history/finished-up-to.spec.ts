import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { ENTRY_IDS } from '../fragments/entry-ids.js';
import { TABLES } from '../fragments/tables.js';
import { FINISHED_UP_TO } from './finished-up-to.js';

const STREAM = 'spec:{finished-up-to}';
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const upTo = script(`${ENTRY_IDS} ${TABLES} ${FINISHED_UP_TO} return finishedUpTo(KEYS[1], groupsOf(KEYS[1])['g'])`);
const ask = () => runScript(redis, upTo, [STREAM], []);

it('a group has finished all before its oldest pending entry, and nothing after its last delivered one', async () => {
  await redis.del(STREAM);
  for (const id of ['1-0', '2-0', '3-0']) await redis.xadd(STREAM, id, 'n', id);
  await redis.xgroup('CREATE', STREAM, 'g', '0');
  expect(await ask()).toBe('0-0');
  await redis.xreadgroup('GROUP', 'g', 'a', 'COUNT', 3, 'STREAMS', STREAM, '>');
  expect(await ask()).toBe('0-18446744073709551615');
  await redis.xack(STREAM, 'g', '1-0');
  expect(await ask()).toBe('1-18446744073709551615');
  await redis.xgroup('SETID', STREAM, 'g', '1-0');
  expect(await ask()).toBe('1-0');
  await redis.xack(STREAM, 'g', '2-0', '3-0');
  await redis.xgroup('SETID', STREAM, 'g', '3-0');
  expect(await ask()).toBe('3-0');
});
