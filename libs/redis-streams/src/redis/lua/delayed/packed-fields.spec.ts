import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { packFields, UNPACK_FIELDS } from './packed-fields.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const unpacked = (packed: string) => redis.eval(`${UNPACK_FIELDS} return unpackFields(ARGV[1])`, 0, packed);

it.each([
  [['n', '1']],
  [['n', '', '', '']],
  [['[', '{"a":1}', 'long', 'x'.repeat(100_000)]],
  [['n', 'a\x1fb', '\x1f', '"\\']],
  [['n', '\u0000 "\\ \u2028 é 日本 \u{1f600} \u007f']],
])('comes out as it went in %#', async (fields) => {
  expect(await unpacked(packFields(fields))).toEqual(fields);
});

it('has U+FFFD in the place of a lone surrogate', async () => {
  expect(await unpacked(packFields(['n', '\x1f\ud800']))).toEqual(['n', '\x1f\ufffd']);
  expect(await unpacked(packFields(['n', '\ud800']))).toEqual(['n', '\ufffd']);
});

it.each(['', 'no list', '1', 'null', '"text"', '["n",1]', '["n",null]', '[["n"],"1"]'])(
  'is nothing where it is %j',
  async (packed) => {
    expect(await unpacked(packed)).toBeNull();
  },
);
