import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { type DeliveryFailedEvent, RetryLaterError, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

describe('a task whose handler throws', () => {
  it('runs again after the backoff, under the same id and a higher delivery count, until it succeeds', async () => {
    const stream = uniqueStream();
    const runs: { id: string; deliveryCount: number; at: number }[] = [];
    const events: DeliveryFailedEvent[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { backoff: { initialMs: 100, factor: 3, jitter: 0 } } })
      async handle(@Ctx() context: StreamContext) {
        runs.push({ id: context.entryId, deliveryCount: context.deliveryCount, at: performance.now() });
        if (context.deliveryCount < 3) throw new Error(`out of GPU memory, run ${context.deliveryCount}`);
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { hooks: { deliveryFailed: (event) => events.push(event) } },
    });
    const id = await app.producer.add(stream, { prompt: 'p' });

    await eventually(() => runs.length === 3);
    expect(runs.map((run) => run.id)).toEqual([id, id, id]);
    expect(runs.map((run) => run.deliveryCount)).toEqual([1, 2, 3]);
    expect(runs[1]!.at - runs[0]!.at).toBeGreaterThanOrEqual(95);
    expect(runs[2]!.at - runs[1]!.at).toBeGreaterThanOrEqual(295);
    await eventually(async () => (await pendingCount(redisCli(), stream)) === 0);
    expect(events.map(({ entryId, deliveryCount, retryInMs }) => ({ entryId, deliveryCount, retryInMs }))).toEqual([
      { entryId: id, deliveryCount: 1, retryInMs: 100 },
      { entryId: id, deliveryCount: 2, retryInMs: 300 },
    ]);
    const [warning] = app.logs.matching('warn', /delivery 1 of 5/);
    expect(warning).toContain(`entry ${id}`);
    expect(warning).toContain('next try in 100 ms');
    expect(warning).toContain('out of GPU memory, run 1');
    expect(warning).toContain('redelivery.e2e-spec');
  });

  it('is due while the worker waits in a long blocking read, and the read ends for it', async () => {
    const stream = uniqueStream();
    const runs: number[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { backoff: { initialMs: 300, jitter: 0 } } })
      async handle() {
        runs.push(performance.now());
        if (runs.length === 1) throw new Error('once');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 60_000 } });
    await app.producer.add(stream, {});

    await eventually(() => runs.length === 2);
    expect(runs[1]! - runs[0]!).toBeLessThan(2_000);
  });
});

it('RetryLaterError runs the task again after its delay without counting the run', async () => {
  const stream = uniqueStream();
  const counts: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2 } })
    async handle(@Ctx() context: StreamContext) {
      counts.push(context.deliveryCount);
      if (counts.length <= 5) throw new RetryLaterError(20, 'the model is loading');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(stream, {});

  await eventually(async () => counts.length === 6 && (await pendingCount(redisCli(), stream)) === 0);
  expect(counts).toEqual([1, 1, 1, 1, 1, 1]);
  expect(app.logs.matching('warn', /the model is loading/)).toEqual([]);
  expect(
    app.logs.matching('debug', /postponed by 20 ms, uncounted: RetryLaterError: the model is loading/),
  ).toHaveLength(5);
});
