import { expect, it } from 'vitest';
import { groupForSpecs } from '../../../../../test/support/group-for-specs.js';

const { redis, keys, group } = groupForSpecs('claim-due');

it('what is late by its worker’s clock is due, once, also where the server’s clock says that it is not', async () => {
  for (const id of ['1-0', '2-0', '3-0', '4-0']) await redis.xadd(keys.stream, id, 'n', id);
  await redis.xreadgroup('GROUP', 'g', 'retry-scheduled', 'COUNT', 4, 'STREAMS', keys.stream, '>');
  const inAMinute = Date.now() + 60_000;
  for (const id of ['2-0', '3-0', '4-0']) await redis.zadd(keys.retry, inAMinute, id);
  await redis.zadd(keys.retry, 0, '1-0');

  const late = ['1-0', '2-0', '4-0', '9-0'];
  const { claimed, nextDueAt } = await group.claimDue({ limit: 10, late, notThese: ['4-0'] });
  expect(claimed).toEqual([
    { id: '1-0', deliveryCount: 2, fields: ['n', '1-0'] },
    { id: '2-0', deliveryCount: 2, fields: ['n', '2-0'] },
  ]);
  expect(nextDueAt).toBe(inAMinute);
  expect(await redis.zrange(keys.retry, '0', '-1')).toEqual(['3-0', '4-0']);
});
