import type { Redis } from 'ioredis';
import { AddRefusedError, RedisStreamsConfigError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { entriesOf } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const HOUR_MS = 3_600_000;
const OWN_ID = /^t_[\w-]{16}$/;
const ENTRY_ID = /^\d+-\d+$/;

/** What is beside a stream: the tasks' ids, when they are due, and their fields. */
async function delayedOf(cli: Redis, stream: string) {
  const ids = await cli.zrange(`{${stream}}:delayed`, '0', '-1', 'WITHSCORES');
  const fields = await cli.hgetall(`{${stream}}:delayed:tasks`);
  expect(Object.keys(fields)).toHaveLength(ids.length / 2);
  return Array.from({ length: ids.length / 2 }, (_, n) => {
    const id = ids[2 * n]!;
    return { id, due: Number(ids[2 * n + 1]), fields: fieldsIn(fields[id]!) };
  });
}

/** Each name and value is behind a separator; one that has that in it makes all of them JSON. */
function fieldsIn(packed: string): string[] {
  return packed.startsWith('\x1f') ? packed.slice(1).split('\x1f') : (JSON.parse(packed) as string[]);
}

const isDelayed = (n: number) => n % 7 === 3 || (n > 300 && n < 900);

async function serverNow(cli: Redis): Promise<number> {
  const [seconds, microseconds] = await cli.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

describe('a task that is added for later', () => {
  it('has an id of its own, and is not in its stream', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const before = await serverNow(cli);
    const inAnHour = new Date(Date.now() + HOUR_MS);

    const ids = [
      await producer.add(stream, { n: 1 }, { delayMs: 500_000, headers: { trace: 'a' }, ttlMs: 5 }),
      await producer.add(stream, { n: 2 }, { runAt: inAnHour }),
    ];

    expect(ids).toEqual([expect.stringMatching(OWN_ID), expect.stringMatching(OWN_ID)]);
    expect(await cli.exists(stream)).toBe(0);
    const [first, second] = await delayedOf(cli, stream);
    expect(first).toMatchObject({ id: ids[0], fields: ['n', '1', '~json:n', '', '~trace', 'a', '~.deadline', '+5'] });
    expect(first!.due).toBeGreaterThanOrEqual(before + 500_000);
    expect(first!.due).toBeLessThanOrEqual((await serverNow(cli)) + 500_000);
    expect(second).toMatchObject({ id: ids[1], due: inAnHour.getTime() });
  });

  it('is an entry at once where there is nothing to wait for', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const id = await producer.add(stream, {}, { delayMs: 0 });
    expect((await entriesOf(cli, stream)).map((entry) => entry.id)).toEqual([id]);
    expect(await delayedOf(cli, stream)).toEqual([]);
    for (const runAt of [new Date(Date.now() - 1), new Date(0)]) await producer.add(stream, {}, { runAt });
    await eventually(async () => (await entriesOf(cli, stream)).length === 3);
    expect(await delayedOf(cli, stream)).toEqual([]);
  });

  it('may stand among others in addBulk, which keep their order', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const items = Array.from({ length: 1_200 }, (_, n) => ({
      payload: { n: `${n}` },
      ...(isDelayed(n) && { delayMs: HOUR_MS }),
    }));

    const ids = await producer.addBulk(stream, items);

    expect(ids.map((id) => OWN_ID.test(id))).toEqual(items.map((_, n) => isDelayed(n)));
    expect((await entriesOf(cli, stream)).map(({ id }) => id)).toEqual(ids.filter((id) => ENTRY_ID.test(id)));
    const delayed = new Map((await delayedOf(cli, stream)).map(({ id, fields }) => [id, fields[1]]));
    expect(delayed.size).toBe(ids.filter((id) => OWN_ID.test(id)).length);
    for (const [n, id] of ids.entries()) if (isDelayed(n)) expect(delayed.get(id)).toBe(`${n}`);
  });

  it('may have more fields than a script can append', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const payload = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, n]));
    await producer.add(stream, payload, { delayMs: HOUR_MS, headers: { trace: 'ä\ud800' } });
    const [{ fields } = { fields: [] as string[] }] = await delayedOf(cli, stream);
    expect(fields).toEqual(['~payload', JSON.stringify(payload), '~trace', 'ä\ufffd']);
  });

  it('leaves nothing behind while the memory is full, nor where a key holds something else', async () => {
    const redis = await ownRedis('--appendonly', 'no', '--maxmemory-policy', 'noeviction');
    const cli = redisCli(redis.url);
    const [full, wrong] = [uniqueStream(), uniqueStream()];
    const { producer } = await startApp({ options: { connection: redis.url } });
    await cli.config('SET', 'maxmemory', '1');
    await expect(producer.add(full, {}, { delayMs: HOUR_MS })).rejects.toThrow(AddRefusedError);
    await expect(producer.add(full, {}, { delayMs: HOUR_MS })).rejects.toThrow(/nothing was written: OOM/);
    await cli.config('SET', 'maxmemory', '0');
    await cli.set(`{${wrong}}:delayed`, 'something else');
    await expect(producer.add(wrong, {}, { delayMs: HOUR_MS })).rejects.toThrow(/nothing was written: WRONGTYPE/);
    expect(await cli.keys('*')).toEqual([`{${wrong}}:delayed`]);
  });

  it.each([
    [{ maxLen: 5 }, /delayMs and runAt do not go with maxLen/],
    [{ minReplicas: 1 }, /delayMs and runAt do not go with minReplicas/],
    [{ runAt: new Date() }, /give one of them/],
    [{ deadlineAt: new Date(Date.now() + HOUR_MS / 2) }, /is not after the time when the task is due/],
    [{ delay: 5 }, /Unknown option 'delay'.*set delayMs, or runAt/],
  ])('is refused with %o', async (options, message) => {
    const { producer } = await startApp({});
    const added = producer.add(uniqueStream(), {}, { delayMs: HOUR_MS, ...options });
    await expect(added).rejects.toThrow(RedisStreamsConfigError);
    await expect(added).rejects.toThrow(message);
  });
});
