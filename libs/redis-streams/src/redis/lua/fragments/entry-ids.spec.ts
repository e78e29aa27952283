import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { ENTRY_IDS } from './entry-ids.js';

const MAX = '18446744073709551615';

describe('entry ids in scripts', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(process.env.REDIS_URL!);
  });
  afterAll(() => redis.disconnect());

  const isBefore = script(`${ENTRY_IDS} return isBefore(ARGV[1], ARGV[2]) and 1 or 0`);
  const previous = script(`${ENTRY_IDS} return previous(ARGV[1])`);

  it.each([
    ['0-0', '0-1'],
    ['9-0', '10-0'],
    ['9-9', '9-10'],
    ['5', '5-1'],
    ['1700000000000-5', '1700000000001-0'],
    ['1700000000000000001-0', '1700000000000000002-0'],
    ['1700000000000000001-9007199254740992', '1700000000000000001-9007199254740993'],
    [`18446744073709551614-${MAX}`, `${MAX}-0`],
    [`${MAX}-18446744073709551614`, `${MAX}-${MAX}`],
    ['007-1', '8-0'],
  ])('%s is before %s, not the other way round', async (a, b) => {
    expect(await runScript(redis, isBefore, [], [a, b])).toBe(1);
    expect(await runScript(redis, isBefore, [], [b, a])).toBe(0);
    expect(await runScript(redis, isBefore, [], [a, a])).toBe(0);
  });

  it.each([
    ['5-1', '5-0'],
    ['5-10', '5-9'],
    ['5-1000', '5-999'],
    ['5-0', `4-${MAX}`],
    ['10-0', `9-${MAX}`],
    ['0-0', '0-0'],
    ['1700000000000000001-0', `1700000000000000000-${MAX}`],
    ['7-9007199254740993', '7-9007199254740992'],
    [`${MAX}-${MAX}`, `${MAX}-18446744073709551614`],
    [`${MAX}-0`, `18446744073709551614-${MAX}`],
  ])('the one before %s is %s', async (id, expected) => {
    expect(await runScript(redis, previous, [], [id])).toBe(expected);
  });
});
