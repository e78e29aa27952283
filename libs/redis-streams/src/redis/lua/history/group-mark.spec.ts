import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { GROUP_MARK } from './group-mark.js';

const STREAM = 'spec:{group-mark}';
const redis = new Redis(process.env.REDIS_URL!);
afterAll(async () => {
  await redis.del(STREAM);
  redis.disconnect();
});

const read = script(`${GROUP_MARK}
local mark = readMark(ARGV[1])
return mark and cjson.encode(mark)`);
const rewrite = script(`${GROUP_MARK} return writeMark(readMark(ARGV[1]))`);
const owners = script(`${GROUP_MARK} return ownersIn(readMark(ARGV[1]))`);
const snapshot = script(`${GROUP_MARK} return snapshotOf(KEYS[1], 'g', tonumber(ARGV[1]))`);

async function readMark(text: string): Promise<unknown> {
  const json = await runScript<string | null>(redis, read, [], [text]);
  return json === null ? undefined : JSON.parse(json);
}

const FULL =
  '8-1 9-0 700 1795294040488 500:5-0:450,600:6-18446744073709551615:600 life=1795294040-488074:2' +
  ' again=7-0,9-0,1795294040000 reports=Ab_-9:400,xyz:300 watch=na%20me%3A%2C%25:m:86400000:0' +
  '\ngpu-7%0A:4121@30000ms 8-2:1,9-0:3\nretry-scheduled 8-3:2';

describe('a mark', () => {
  it('is read with all that it can hold', async () => {
    expect(await readMark(FULL)).toEqual({
      at: '8-1',
      last: '9-0',
      finished: 700,
      time: 1795294040488,
      checkpoints: [
        { finished: 500, at: '5-0', taken: 450 },
        { finished: 600, at: '6-18446744073709551615', taken: 600 },
      ],
      life: '1795294040-488074',
      restores: 2,
      again: { from: '7-0', to: '9-0', passed: 1795294040000 },
      reports: [
        { reporter: 'Ab_-9', finished: 400 },
        { reporter: 'xyz', finished: 300 },
      ],
      watch: { 'na me:,%': { state: 'm', ms: 86400000, time: 0 } },
      snapshot: expect.stringMatching(/^\ngpu-7/),
    });
    expect(await runScript(redis, owners, [], [FULL])).toEqual([
      [
        'gpu-7\n:4121@30000ms',
        [
          ['8-2', '1'],
          ['9-0', '3'],
        ],
      ],
      ['retry-scheduled', [['8-3', '2']]],
    ]);
  });

  it.each([
    ['with all', FULL],
    ['with nothing pending', '0-0 0-0 0 1795294040488  life=1795294040-0:0'],
    ['with more pending than it may hold', '0-0 1-1 0 1795294040488 0:0-0:0 life=1795294040-0:0\n'],
    ['with large numbers', '0-0 1-1 9007199254740991 1795294040488 9007199254740990:0-0:0 life=1795294040-0:0'],
    ['with an empty name', '0-0 1-1 0 1795294040488  life=1795294040-0:0 watch=%:s:1:1795294040488\n% 1-1:1'],
  ])('%s is written as it was read', async (_, text) => {
    expect(await runScript(redis, rewrite, [], [text])).toBe(text);
  });

  it('of a later version, with words that are not known yet, is read as far as it is known', async () => {
    const later = FULL.replace(' reports=', ' later=a:b,c reports=');
    expect(await readMark(later)).toEqual(await readMark(FULL));
  });

  it.each([
    ['a life, but no count of when a checkpoint was taken', '8-1 9-0 700 1795294040488 500:5-0 life=1-2:0', '1-2'],
    ['neither', '8-1 9-0 700 1795294040488 500:5-0', undefined],
  ])('of an earlier version has %s: it was taken at its count', async (_, text, life) => {
    const mark = await readMark(text);
    expect(mark).toMatchObject({ finished: 700, checkpoints: [{ finished: 500, at: '5-0', taken: 500 }], restores: 0 });
    expect((mark as { life?: string }).life).toBe(life);
  });

  it('of an earlier version, without a life, has names as they are', async () => {
    const text = '8-1 9-0 700 1795294040488 \n100%41@5ms 9-0:1';
    expect(await runScript(redis, owners, [], [text])).toEqual([['100%41@5ms', [['9-0', '1']]]]);
  });

  it.each(['', 'nonsense', '8-1', '8-1 9-0 700', '8-1 9-0 x 1795294040488', '{"at":"8-1"}'])(
    'is not what another wrote there: %j',
    async (text) => {
      expect(await readMark(text)).toBeUndefined();
    },
  );

  // The patterns of the two earlier versions.
  it.each(['(%d+):([%d-]+)', '(%d+):(%d+-%d+)'])(
    'has checkpoints that an earlier version reads by %s',
    async (pattern) => {
      const earlier = script(`
local found = {}
for count, id in string.gmatch(ARGV[1], ARGV[2]) do found[#found + 1] = count .. ' ' .. id end
return found`);
      const checkpoints = '500:5-0:450,600:6-18446744073709551615:600';
      expect(await runScript(redis, earlier, [], [checkpoints, pattern])).toEqual([
        '500 5-0',
        '600 6-18446744073709551615',
      ]);
    },
  );
});

it('a snapshot tells what is pending at whom; one line alone where that is too much', async () => {
  await redis.del(STREAM);
  await redis.xgroup('CREATE', STREAM, 'g', '0', 'MKSTREAM');
  for (const id of ['1-0', '2-0']) await redis.xadd(STREAM, id, 'n', id);
  await redis.xreadgroup('GROUP', 'g', 'a b', 'COUNT', 2, 'STREAMS', STREAM, '>');
  expect(await runScript(redis, snapshot, [STREAM], [2])).toBe('\na%20b 1-0:1,2-0:1');
  expect(await runScript(redis, snapshot, [STREAM], [1_001])).toBe('\n');
  expect(await runScript(redis, snapshot, [STREAM], [0])).toBe('');
});
