import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamProducer } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

describe('a graceful shutdown', () => {
  it('drains running handlers while other providers are alive and adds still work, then closes', async () => {
    const [stream, next] = [uniqueStream(), uniqueStream('next')];
    const order: string[] = [];

    @Injectable()
    class Model implements OnModuleDestroy {
      isLoaded = true;
      onModuleDestroy() {
        this.isLoaded = false;
        order.push('model unloaded');
      }
    }

    @Module({ providers: [Model], exports: [Model] })
    class ModelModule {}

    @Controller()
    class Worker {
      constructor(
        private readonly model: Model,
        private readonly producer: StreamProducer,
      ) {}

      @StreamHandler(stream, { concurrency: 2 })
      async handle() {
        order.push('started');
        await wait(400);
        await this.producer.add(next, { modelIsLoaded: this.model.isLoaded });
        order.push('finished');
      }
    }
    const app = await startApp({ controllers: [Worker], imports: [ModelModule] });
    await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
    await eventually(() => order.length === 2);

    await app.close();

    expect(order).toEqual(['started', 'started', 'finished', 'finished', 'model unloaded']);
    const cli = redisCli();
    expect(await cli.xrange(next, '-', '+')).toMatchObject([
      [expect.any(String), ['modelIsLoaded', 'true', '~json:modelIsLoaded', '']],
      [expect.any(String), ['modelIsLoaded', 'true', '~json:modelIsLoaded', '']],
    ]);
    // The third was never started: it waits, undelivered or handed back, for whoever comes next.
    expect(await pendingCount(cli, stream)).toBeLessThanOrEqual(1);
    expect(await cli.xinfo('CONSUMERS', stream, 'workers')).not.toContainEqual(
      expect.arrayContaining([expect.stringMatching(/@30000ms$/)]),
    );
  });

  it('aborts what does not end in time and hands it back at once, uncounted', async () => {
    const stream = uniqueStream();
    const started: number[] = [];
    const reasons: unknown[] = [];

    @Controller()
    class Stubborn {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle(@Ctx() context: StreamContext) {
        started.push(context.deliveryCount);
        await new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => {
            reasons.push(context.signal.reason);
            reject(new Error('aborted'));
          });
        });
      }
    }
    const first = await startApp({ controllers: [Stubborn], options: { shutdownTimeoutMs: 200 } });
    await first.producer.add(stream, {});
    await eventually(() => started.length === 1);

    await first.close();
    expect(reasons).toMatchObject([{ name: 'ShutdownError' }]);
    await startApp({ controllers: [Stubborn], options: { shutdownTimeoutMs: 200 } });

    await eventually(() => started.length === 2, 3_000);
    expect(started).toEqual([1, 1]);
  });

  it('hands back what ignores the abort, too', async () => {
    const stream = uniqueStream();
    const started: number[] = [];

    @Controller()
    class Deaf {
      @StreamHandler(stream)
      async handle(@Ctx() context: StreamContext) {
        started.push(context.deliveryCount);
        if (started.length === 1) await new Promise(() => undefined);
      }
    }
    const first = await startApp({ controllers: [Deaf], options: { shutdownTimeoutMs: 100 } });
    await first.producer.add(stream, {});
    await eventually(() => started.length === 1);

    await first.close();
    await startApp({ controllers: [Deaf] });
    await eventually(() => started.length === 2, 3_000);
    expect(started).toEqual([1, 1]);
  });
});

it('ends within its time while Redis is frozen', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const aborted = deferred();
  let running = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 300 })
    async handle(@Ctx() { signal }: StreamContext) {
      running++;
      signal.addEventListener('abort', () => aborted.resolve());
      await aborted.promise;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url, shutdownTimeoutMs: 500 } });
  await app.producer.add(stream, {});
  await eventually(() => running === 1);
  redis.freeze();
  const frozenAt = performance.now();
  // Long enough for sweeps and renewals to be under way.
  await eventually(() => performance.now() - frozenAt > 700);

  await app.close();
  expect(performance.now() - frozenAt).toBeLessThan(8_000);
  await aborted.promise;
  redis.thaw();
});

it('is over at once while Redis is gone and nothing runs', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  let handled = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 400 })
    async handle() {
      handled++;
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url, shutdownTimeoutMs: 10_000 } });
  await app.producer.add(stream, {});
  const cli = redisCli(redis.url);
  await eventually(async () => handled === 1 && (await pendingCount(cli, stream)) === 0);
  await redis.kill();
  await eventually(() => app.logs.matching('warn', /interrupted/).length === 1);
  const stoppedAt = performance.now();
  await app.close();
  // Far less than the drain time: what of Redis's end is not noticed yet is waited for 2.5 s.
  expect(performance.now() - stoppedAt).toBeLessThan(4_000);
});

it('drains on SIGTERM in a process of its own', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const worker = await startWorker({ stream, taskMs: 700 });
  const id = (await cli.xadd(stream, '*', 'prompt', 'p'))!;
  await eventually(() => worker.started(id).length === 1);

  worker.signal('SIGTERM');
  await worker.ended;

  expect(worker.finished(id)).toHaveLength(1);
  expect(await pendingCount(cli, stream)).toBe(0);
});
