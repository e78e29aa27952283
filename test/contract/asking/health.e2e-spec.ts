import { Controller } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import {
  type ConnectionRole,
  RedisStreamsHealthIndicator,
  type RedisStreamsOptions,
  StreamHandler,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

/** An app that is up, on a Redis of its own, with nothing to do. */
async function idleWorker(options: RedisStreamsOptions) {
  const redis = await ownRedis();
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url, ...options } });
  const status = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams.status;
  await eventually(async () => (await status()) === 'up');
  return { redis, app, status };
}

describe('health', () => {
  it('is up while a loop reads, and during a long task with all slots busy', async () => {
    const stream = uniqueStream();
    let running = 0;
    const held = deferred();

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1, leaseMs: 1_000 })
      async handle() {
        running++;
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    const check = () => app.get(RedisStreamsHealthIndicator).check('redis-streams');
    await eventually(async () => (await check())['redis-streams'].status === 'up');
    await app.producer.add(stream, {});
    await eventually(() => running === 1);

    // Longer than any read may take: 200 ms and the slack of 4 s.
    const since = performance.now();
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(JSON.stringify((await check())['redis-streams']));
      return performance.now() - since > 5_000;
    });
    const loop = { stream, group: 'workers', status: 'up', running: 1, concurrency: 1 };
    expect([...seen].map((health) => JSON.parse(health))).toEqual([
      { status: 'up', producer: { status: 'up' }, consumers: [loop] },
    ]);
    held.resolve();
  });

  it('tells the truth while Redis is frozen, and is up again by itself', async () => {
    const { redis, status } = await idleWorker({ blockMs: 500 });

    redis.freeze();
    await eventually(async () => (await status()) !== 'up');
    await eventually(async () => (await status()) === 'down', 20_000);
    redis.thaw();
    await eventually(async () => (await status()) === 'up', 10_000);
  });

  it('is up again when consuming goes on, however long a read waits for the next entry', async () => {
    const { redis, app, status } = await idleWorker({ blockMs: 60_000 });
    await redis.kill();
    // Adds may notice it before the loop does.
    await eventually(() => app.logs.matching('warn', /consuming is interrupted/).length === 1);
    expect(await status()).not.toBe('up');
    await redis.restart();
    const cli = redisCli(redis.url);
    // It waits for new entries: consuming goes on.
    await eventually(async () => /blocked_clients:1\b/.test(await cli.info('clients')));
    expect(await status()).toBe('up');
    expect(app.logs.matching('log', /consuming again/)).toHaveLength(1);
  });

  it('degrades a producer-only process that cannot reach Redis, and a new one starts all the same', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {}
    }
    const options = { connection: redis.url, consume: false };
    const app = await startApp({ controllers: [Worker], options });
    const of = async (one: typeof app) => (await one.get(RedisStreamsHealthIndicator).check('streams')).streams;
    await eventually(async () => (await of(app)).status === 'up');

    await redis.kill();
    await eventually(async () => (await of(app)).status === 'degraded');
    expect((await of(app)).producer).toMatchObject({ status: 'down', reason: expect.any(String) });
    const late = await startApp({ controllers: [Worker], options });
    expect((await of(late)).status).toBe('degraded');
    const asUp = await late.get(RedisStreamsHealthIndicator).check('streams', { degradedAs: 'up' });
    expect(asUp.streams).toMatchObject({ status: 'up', degraded: true });

    await redis.restart();
    await eventually(async () => (await of(app)).status === 'up' && (await of(late)).status === 'up');
  });

  it('is up the moment after long tasks, while the next read waits on an idle stream', async () => {
    const [one, ten] = [uniqueStream('one'), uniqueStream('ten')];
    const held = deferred();
    let running = 0;

    @Controller()
    class Worker {
      @StreamHandler(one, { concurrency: 1 })
      async handleOne() {
        await this.hold();
      }

      @StreamHandler(ten)
      async handleTen() {
        await this.hold();
      }

      private async hold() {
        running++;
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 1_000 } });
    await app.producer.add(one, {});
    await app.producer.addBulk(
      ten,
      Array.from({ length: 10 }, () => ({ payload: {} })),
    );
    await eventually(() => running === 11);
    // Longer than a read may take: 1 s and the slack of 4 s.
    const since = performance.now();
    await eventually(() => performance.now() - since > 5_500);

    held.resolve();
    const cli = redisCli();
    await eventually(async () => (await pendingCount(cli, one)) + (await pendingCount(cli, ten)) === 0);
    const endedAt = performance.now();
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(JSON.stringify((await app.get(RedisStreamsHealthIndicator).check('streams')).streams));
      return performance.now() - endedAt > 800;
    });
    expect([...seen]).toEqual([expect.stringMatching(/^{"status":"up"/)]);
  });

  it('is not up for long when the connection for settlements is gone, however long a read may block', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream, { leaseMs: 1_000 })
      async handle() {}
    }
    const connection = (role: ConnectionRole, options: RedisOptions) =>
      new Redis({ ...options, port: role === 'control' ? proxy.port : redis.port });
    const app = await startApp({ controllers: [Worker], options: { connection, blockMs: 60_000 } });
    const health = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams;
    await eventually(async () => (await health()).status === 'up');

    proxy.cut();
    const [loop] = await eventually(async () => {
      const { status, consumers } = await health();
      return status !== 'up' && consumers;
    }, 8_000);
    expect(loop!.reason).toMatch(/has not read for too long: .*ECONNREFUSED/);
  });
});
