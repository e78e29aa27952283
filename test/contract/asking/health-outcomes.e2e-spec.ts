import { Controller } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisStreamsHealthIndicator, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

async function healthOf(app: RunningApp) {
  return (await app.get(RedisStreamsHealthIndicator).check('streams')).streams;
}

/** What makes Redis refuse every add, and what ends it; PING is answered all the while. */
const REFUSALS: [reason: string, begin: (cli: Redis) => Promise<unknown>, end: (cli: Redis) => Promise<unknown>][] = [
  ['OOM', (cli) => cli.config('SET', 'maxmemory', '1'), (cli) => cli.config('SET', 'maxmemory', '0')],
  ['READONLY', (cli) => cli.replicaof('127.0.0.1', 1), (cli) => cli.replicaof('NO', 'ONE')],
  [
    'NOREPLICAS',
    (cli) => cli.config('SET', 'min-replicas-to-write', '1'),
    (cli) => cli.config('SET', 'min-replicas-to-write', '0'),
  ],
  ['NOPERM', (cli) => cli.acl('SETUSER', 'default', '-xadd'), (cli) => cli.acl('SETUSER', 'default', '+xadd')],
];

describe('health says that the producer is down', () => {
  it.each(REFUSALS)('when adds are refused with %s, until they would pass again', async (reason, begin, end) => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const [one, bulk] = [uniqueStream(), uniqueStream('bulk')];
    const app = await startApp({ options: { connection: redis.url } });
    await app.producer.add(one, {});
    expect(await healthOf(app)).toMatchObject({ status: 'up', producer: { status: 'up' } });

    await begin(cli);
    await expect(app.producer.add(one, {})).rejects.toThrow(reason);
    expect(await healthOf(app)).toMatchObject({
      status: 'degraded',
      producer: { status: 'down', reason: expect.stringContaining(reason) },
    });
    await expect(app.producer.addBulk(bulk, [{ payload: {} }])).rejects.toThrow(reason);
    expect(await healthOf(app)).toMatchObject({ producer: { status: 'down' } });

    await end(cli);
    // Nothing is added for it, not even a stream.
    await eventually(async () => (await healthOf(app)).status === 'up');
    expect(await cli.exists(bulk)).toBe(0);
    expect(await cli.xlen(one)).toBe(1);
  });
});

describe('what health says of the producer is true of a question, not of an add, when', () => {
  it('Redis does not answer', async () => {
    const redis = await ownRedis();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 200 } });
    await app.producer.add(uniqueStream(), {});

    redis.freeze();
    const { producer } = await healthOf(app);
    expect(producer).toEqual({ status: 'down', reason: 'Redis did not answer within 200 ms.' });
    redis.thaw();
    await eventually(async () => (await healthOf(app)).status === 'up');
  });

  it('the connection breaks before the answer', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const app = await startApp({ options: { connection: `redis://127.0.0.1:${proxy.port}` } });
    await app.producer.add(uniqueStream(), {});

    redis.freeze();
    const health = healthOf(app);
    // The question has been written by then.
    await new Promise(setImmediate);
    proxy.halfOpen();
    const { producer } = await health;
    expect(producer).toEqual({
      status: 'down',
      reason: expect.stringMatching(/broke before the answer came \(.*\)\.$/),
    });
    redis.thaw();
    await eventually(async () => (await healthOf(app)).status === 'up');
  });
});

it('health does not mind an add that is refused for its own sake', async () => {
  const stream = uniqueStream();
  const app = await startApp({});
  await redisCli().set(stream, 'a string');
  await expect(app.producer.add(stream, {})).rejects.toThrow(/WRONGTYPE/);
  await expect(app.producer.add(stream, { n: 1n })).rejects.toThrow(/bigint/);
  expect(await healthOf(app)).toMatchObject({ status: 'up', producer: { status: 'up' } });
});

it('health is degraded while Redis refuses to settle what was handled', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  let handled = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      handled++;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url, blockMs: 500 } });
  await app.producer.add(stream, {});
  await eventually(async () => handled === 1 && (await pendingCount(cli, stream)) === 0);
  expect(await healthOf(app)).toMatchObject({ status: 'up' });

  await cli.acl('SETUSER', 'default', '-xack');
  await app.producer.add(stream, {});
  await eventually(() => handled === 2);
  const [loop] = await eventually(async () => {
    const { status, consumers } = await healthOf(app);
    return status === 'degraded' && consumers;
  });
  expect(loop!.reason).toMatch(/results cannot be settled: .*(NOPERM|can't run this command|permission)/);

  await cli.acl('SETUSER', 'default', '+xack');
  await eventually(async () => (await healthOf(app)).status === 'up');
  expect(await pendingCount(cli, stream)).toBe(0);
});
