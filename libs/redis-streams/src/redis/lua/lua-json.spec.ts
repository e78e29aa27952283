import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { luaJson } from './lua-json.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const arrived = (texts: readonly string[]) =>
  redis.eval('return cjson.decode(ARGV[1])[1]', 0, luaJson([texts])) as Promise<string[]>;

it('arrives in a script as it was', async () => {
  const texts = ['', 'a', '\u0000 "\\ \\ud800 \u2028 é 日本 \u{1f600} \u007f \x1f', '1', 'null'];
  expect(await arrived(texts)).toEqual(texts);
});

it('has no lone surrogates, which would fail all of it', async () => {
  expect(await arrived(['a\ud800', '\udc00b', 'c'])).toEqual(['a\ufffd', '\ufffdb', 'c']);
});
