import { Controller, Module } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { RedisStreamsModule, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

describe('an option of another queue, or a misspelt one, is refused with what to write instead, in', () => {
  it.each([
    ['delay', 5_000, /set delayMs, or runAt/],
    ['attempts', 3, /retry: \{ maxDeliveries \} in @StreamHandler/],
    ['jobId', 'mine', /set idempotency: { key }; the id is the one that add returns/],
    ['deduplication', { id: 'mine' }, /set idempotency: { key, ttlMs }/],
    ['removeOnComplete', true, /retention/],
    ['header', { trace: '1' }, /Did you mean 'headers'\?/],
    ['maxlen', 5, /Did you mean 'maxLen'\?/],
  ])('add: %s', async (name, value, remedy) => {
    const app = await startApp({});
    await expect(app.producer.add(uniqueStream(), {}, { [name]: value })).rejects.toThrow(remedy);
  });

  it.each<[string, unknown, RegExp]>([
    ['attempts', 3, /set retry: \{ maxDeliveries \}/],
    ['lockDuration', 30_000, /set leaseMs/],
    ['timeout', 1_000, /Did you mean 'timeoutMs'\?/],
    ['concurency', 5, /Did you mean 'concurrency'\?/],
    ['retry', { delay: 5 }, /set backoff: \{ initialMs \}/],
    ['retry', { backoff: { type: 'exponential' } }, /factor: 1 keeps the wait constant/],
  ])('@StreamHandler: %s', async (name, value, remedy) => {
    @Controller()
    class Worker {
      @StreamHandler(uniqueStream(), { [name]: value })
      async handle() {}
    }
    await expect(startApp({ controllers: [Worker] })).rejects.toThrow(remedy);
  });

  it.each<[string, unknown, RegExp]>([
    ['concurrency', 5, /in handlerDefaults: \{ concurrency \}/],
    ['redis', {}, /set connection/],
    ['keyPrefix', 'x:', /set prefix/],
    ['shutdownTimeout', 1, /Did you mean 'shutdownTimeoutMs'\?/],
  ])('forRoot: %s', async (name, value, remedy) => {
    await expect(startApp({ options: { [name]: value } })).rejects.toThrow(remedy);
  });
});

describe('a connection that ioredis would take for localhost is refused with what to write instead:', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a client', () => new Redis({ lazyConnect: true }), /is a client.*connection: \{ host, port \}.*new Redis\(/],
    ['a cluster', () => new Cluster([{ host: 'x' }], { lazyConnect: true }), /is a client/],
    ['a URL inside an object', () => ({ url: 'redis://x' }), /write the URL itself/],
    ['a URL object', () => new URL('redis://x'), /write url\.href/],
    ['node-redis’s shape', () => ({ socket: { host: 'x' } }), /write host and port beside it/],
    ['a list', () => [{ host: 'x', password: 'secret' }], /^connection is a list: write \{ nodes/],
    ['a misspelt host', () => ({ hots: 'x' }), /Did you mean 'host'\?/],
    [
      'cluster options in the wrong place',
      () => ({ nodes: [{ host: 'x' }], redisOptions: {} }),
      /'redisOptions'.*nodes, options/,
    ],
  ])('%s', async (_name, connection, remedy) => {
    await expect(startApp({ options: { connection: connection() as never } })).rejects.toThrow(remedy);
  });

  it('while ioredis’s own options are left to it', async () => {
    const { hostname: host, port } = new URL(process.env.REDIS_URL!);
    const own = { host, port: Number(port), family: 4, keepAlive: 1, noDelay: true, sentinelTLS: undefined, db: 0 };
    await startApp({ options: { connection: own as never } });
  });
});

it.each([
  ['the payload itself', [{ a: 1 }]],
  ['a string', ['a']],
  ['null', [null]],
  ['BullMQ’s shape', [{ name: 'x', data: {} }]],
])('addBulk given %s says to wrap it', async (_name, items) => {
  const app = await startApp({});
  await expect(app.producer.addBulk(uniqueStream(), items as never)).rejects.toThrow(
    /addBulk: item 0: .*wrap it: \{ payload: … \}/,
  );
});

it.each(['stats', 'history'] as const)('%s of a key that is no stream names the key and what to do', async (method) => {
  const stream = uniqueStream();
  await redisCli().hset(stream, 'a', 'hash');
  const monitor = (await startApp({})).get(StreamMonitor);
  const asked = method === 'stats' ? monitor.stats(stream) : monitor.history(stream).next();
  await expect(asked).rejects.toThrow(new RegExp(`${method}\\('${stream}'\\): .*WRONGTYPE.*another name`));
});

it('two forRoot name the modules that import them', async () => {
  @Module({ imports: [RedisStreamsModule.forRoot()] })
  class BillingModule {}
  @Module({ imports: [RedisStreamsModule.forRoot(), BillingModule] })
  class ShopModule {}
  // One is startApp's own.
  await expect(startApp({ imports: [ShopModule] })).rejects.toThrow(/RootTestModule.*ShopModule.*BillingModule/);
});
