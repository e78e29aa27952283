import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('never runs more handlers at once than concurrency, with retries and new entries mixed, and uses all slots', async () => {
  const stream = uniqueStream();
  let running = 0;
  let most = 0;
  const done = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 4, retry: { backoff: { initialMs: 10, jitter: 1 } } })
    async handle(@Payload() { n }: { n: number }, @Ctx() context: StreamContext) {
      most = Math.max(most, ++running);
      try {
        await wait(3 + (n % 5));
        if (context.deliveryCount <= n % 3) throw new Error('not yet');
        done.add(context.entryId);
      } finally {
        running--;
      }
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.addBulk(
    stream,
    Array.from({ length: 200 }, (_, n) => ({ payload: { n } })),
  );

  await eventually(() => done.size === 200, 20_000);
  expect(most).toBe(4);
  await eventually(async () => (await pendingCount(redisCli(), stream)) === 0);
});

it('lets neither due retries nor new entries starve where there is a single slot', async () => {
  const stream = uniqueStream();
  const order: ('new' | 'retry')[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1, retry: { maxDeliveries: 1_000, backoff: { initialMs: 0 } } })
    async handle(@Payload() { fails }: { fails: boolean }, @Ctx() context: StreamContext) {
      order.push(context.deliveryCount === 1 ? 'new' : 'retry');
      if (fails && context.deliveryCount < 100) throw new Error('again');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const failing = Array.from({ length: 5 }, () => ({ payload: { fails: true } }));
  const fine = Array.from({ length: 100 }, () => ({ payload: { fails: false } }));
  await app.producer.addBulk(stream, [...failing, ...fine]);

  await eventually(() => order.length === 5 * 100 + 100, 20_000);
  const middle = order.slice(50, 150);
  expect(middle.filter((kind) => kind === 'new').length).toBeGreaterThan(30);
  expect(middle.filter((kind) => kind === 'retry').length).toBeGreaterThan(30);
});

it('reads an entry only when a slot is free, so that nothing waits behind a long task', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const started: string[] = [];
  const held = deferred();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 2 })
    async handle(@Ctx() context: StreamContext) {
      started.push(context.entryId);
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.addBulk(
    stream,
    Array.from({ length: 10 }, () => ({ payload: {} })),
  );

  await eventually(() => started.length === 2);
  expect(await pendingCount(cli, stream)).toBe(2);
  held.resolve();
  await eventually(() => started.length === 10);
});
