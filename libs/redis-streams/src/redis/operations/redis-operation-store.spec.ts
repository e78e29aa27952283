import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { NewOperation } from '../../model/ports/admin/operations.js';
import { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { RedisOperationStore } from './redis-operation-store.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const stream = 'spec:{operations}';
const { index, active, records } = names.ofOperations(stream);
const store = new RedisOperationStore((script, keys, args) => runScript(redis, script, keys, args), names);
const operation = (id: string, isOnly = false): NewOperation => ({
  ...{ id, kind: 'redrive', isOnly, spec: '{}', cursor: '0-0', upTo: '9-9', by: '', reason: '' },
});
const hold = (id: string) => store.hold({ stream, operationId: id, holder: 'p#1' });

beforeEach(async () => {
  const left = await redis.keys('spec:{operations}*');
  if (left.length > 0) await redis.del(...left);
});
afterAll(() => redis.disconnect());

it('an operation whose record was deleted is forgotten by whoever wants to go on with it, and keeps none from starting', async () => {
  await store.start(stream, operation('op_1', true));
  await redis.del(`${records}op_1`);
  expect(await redis.hkeys(active)).toEqual(['op_1']);
  expect(await hold('op_1')).toBeUndefined();
  expect(await redis.hkeys(active)).toEqual([]);
  expect(await store.start(stream, operation('op_2', true))).toBeUndefined();
  expect(await hold('op_2')).toMatchObject({ id: 'op_2', state: 'running' });
});

it('one whose holder was heard of lately is left to it, one that is silent is taken over, also where the clock was set back since', async () => {
  await store.start(stream, operation('op_1'));
  const other = { stream, operationId: 'op_1', holder: 'other#1' };
  expect(await hold('op_1')).toMatchObject({ holder: 'p#1' });
  expect(await store.hold(other)).toBeUndefined();
  for (const hours of [-1, 1]) {
    await redis.hset(`${records}op_1`, 'heard', Date.now() + hours * 3_600_000, 'holder', 'p#1');
    expect(await store.hold(other)).toMatchObject({ holder: 'other#1' });
    expect(await store.beat({ ...other, holder: 'p#1' }, '')).toBe('lost');
  }
});

it('those whose records have gone leave the index as others start, though nobody lists them', async () => {
  for (let n = 0; n < 30; n++) {
    const id = `op_${n}`;
    await store.start(stream, operation(id));
    // As seven days after its end.
    if (n % 10 > 0) await redis.del(`${records}${id}`);
  }
  for (const id of ['op_30', 'op_31', 'op_32']) await store.start(stream, operation(id));
  expect(await redis.zrange(index, '0', '-1')).toEqual(['op_0', 'op_10', 'op_20', 'op_30', 'op_31', 'op_32']);
});
