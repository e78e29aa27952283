import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { RedisStreamsHealthIndicator, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, ownRedis } from '../../support/own-redis.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Wedge {
  readonly name: string;
  /** What the interruption is reported as. */
  readonly reason: RegExp;
  readonly begin: (cli: Redis, stream: string, redis: OwnRedis) => Promise<unknown>;
  readonly end: (cli: Redis, stream: string, redis: OwnRedis) => Promise<unknown>;
}

const WEDGES: Wedge[] = [
  {
    name: 'a key of the wrong type in the stream’s place',
    reason: /WRONGTYPE/,
    begin: (cli, stream) => cli.multi().del(stream).set(stream, 'not a stream').exec(),
    end: (cli, stream) => cli.del(stream),
  },
  {
    name: 'a server that became a replica',
    reason: /READONLY/,
    begin: (cli) => cli.replicaof('127.0.0.1', 1),
    end: (cli) => cli.replicaof('NO', 'ONE'),
  },
  {
    name: 'an ACL that forbids the read',
    reason: /NOPERM/,
    begin: (cli) => cli.acl('SETUSER', 'default', '-xreadgroup'),
    end: (cli) => cli.acl('SETUSER', 'default', '+xreadgroup'),
  },
  {
    name: 'a server that cannot persist',
    reason: /MISCONF/,
    begin: async (cli, _stream, { dir }) => {
      await mkdir(join(dir, 'dump.rdb'));
      await cli.config('SET', 'save', '3600 1');
      await cli.bgsave();
      await eventually(async () => /rdb_last_bgsave_status:err/.test(await cli.info('persistence')));
    },
    end: async (cli, _stream, { dir }) => {
      await rm(join(dir, 'dump.rdb'), { recursive: true });
      await cli.bgsave();
      await eventually(async () => /rdb_last_bgsave_status:ok/.test(await cli.info('persistence')));
    },
  },
];

/** A loop that waits between its attempts sends a few hundred; one that does not, tens of thousands and more. */
const SPINNING_BYTES_A_SECOND = 2_000;

/** Bytes that the server was sent: what it refuses is not among the commands that it counts, and on Redis 6.0 the calls of scripts are. */
async function bytesSent(cli: Redis): Promise<number> {
  return Number(/total_net_input_bytes:(\d+)/.exec(await cli.info('stats'))![1]);
}

describe('a loop that meets', () => {
  it.each(WEDGES)('$name reports it once, does not spin, and goes on by itself', async ({ reason, begin, end }) => {
    const redis = await ownRedis('--appendonly', 'no');
    const stream = uniqueStream();
    const handled: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { entryId }: StreamContext) {
        handled.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker], options: { connection: redis.url, blockMs: 500 } });
    const health = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams;
    const cli = redisCli(redis.url);
    await app.producer.add(stream, {});
    await eventually(async () => handled.length === 1 && (await pendingCount(cli, stream)) === 0);

    await begin(cli, stream, redis);
    await eventually(async () => {
      const { status, consumers } = await health();
      return status !== 'up' && reason.test(consumers[0]!.reason ?? '');
    });
    // The rate is what is measured here, over a span in which the wait between attempts has grown.
    await wait(1_500);
    const before = await bytesSent(cli);
    await wait(4_000);
    expect(((await bytesSent(cli)) - before) / 4).toBeLessThan(SPINNING_BYTES_A_SECOND);
    expect(app.logs.matching('warn', /consuming is interrupted/)).toHaveLength(1);
    expect(app.logs.matching('warn', reason)).toHaveLength(1);

    await end(cli, stream, redis);
    await eventually(async () => (await health()).status === 'up');
    const id = await app.producer.add(stream, {});
    await eventually(() => handled.includes(id));
    expect(app.logs.matching('log', /consuming again/)).toHaveLength(1);
  });

  it('a full memory goes on: tasks are handled, retried and dead-lettered, only adds are refused', async () => {
    const redis = await ownRedis('--appendonly', 'no', '--maxmemory-policy', 'noeviction');
    const stream = uniqueStream();
    const cli = redisCli(redis.url);
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 2, retry: { maxDeliveries: 2, backoff: { initialMs: 20 } } })
      async handle(@Payload() { fails }: { fails: string }) {
        await eventually(async () => (await cli.config('GET', 'maxmemory'))[1] === '1');
        runs.push(fails);
        if (fails === 'yes') throw new Error('always');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });
    await app.producer.addBulk(stream, [
      { payload: { fails: 'yes' } },
      { payload: { fails: 'no' } },
      { payload: { fails: 'no' } },
    ]);
    await cli.config('SET', 'maxmemory', '1');

    await eventually(() => runs.length === 4);
    await deadLetters(cli, stream);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    await expect(app.producer.add(stream, {})).rejects.toThrow(/OOM/);
    expect(app.logs.matching('warn', /interrupted/)).toEqual([]);
  });

  it('a server that is loading its data waits for it', async () => {
    const redis = await ownRedis('--appendonly', 'no', '--rdbcompression', 'no');
    const stream = uniqueStream();
    const handled: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1 })
      async handle(@Ctx() { entryId }: StreamContext) {
        handled.push(entryId);
      }
    }
    const cli = redisCli(redis.url);
    const app = await startApp({ controllers: [Worker], options: { connection: redis.url } });
    await app.producer.add(stream, {});
    await eventually(() => handled.length === 1);
    for (let n = 0; n < 60; n++) await cli.set(`filler:${n}`, 'x'.repeat(100_000));
    await cli.save();
    await redis.kill();
    // Loads slowly, and answers now and then; the start waits until it has loaded, so that it is not awaited here.
    const restarted = redis.restart('--key-load-delay', '50000');

    await eventually(() => app.logs.matching('warn', /interrupted/).length === 1);
    await restarted;
    const id = await eventually(() => app.producer.add(stream, {}));
    await eventually(() => handled.includes(id));
    expect(app.logs.matching('log', /consuming again/)).toHaveLength(1);
  });

  it('a flushed server begins anew, and handles what is added next', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const stream = uniqueStream();
    const handled: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { startFrom: 'new' })
      async handle(@Ctx() { entryId }: StreamContext) {
        handled.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker], options: { connection: redis.url, blockMs: 500 } });
    await app.producer.add(stream, {});
    await eventually(() => handled.length === 1);

    const cli = redisCli(redis.url);
    await cli.flushall();
    // Added before the loop can have noticed: startFrom 'new' must not skip it.
    const id = await app.producer.add(stream, {});
    await eventually(() => handled.includes(id));
  });
});
