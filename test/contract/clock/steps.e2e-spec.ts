import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { canSetServerClock, redisWithClock, unlessClockCannotBeSet } from '../../support/server-clock.js';
import { uniqueStream } from '../../support/streams.js';

const HOUR_MS = 3_600_000;
const LEASE_MS = 1_000;
/** Twice as long as a lease, so that only renewals keep it. */
const LONG_MS = 2 * LEASE_MS;

it.skipIf(!canSetServerClock).each([
  ['ahead', 49 * HOUR_MS],
  ['back', -49 * HOUR_MS],
])(
  `when the server's clock is set %s, what runs goes on and runs once, retries come, and what is added is done as ever${unlessClockCannotBeSet}`,
  async (_how, aheadMs) => {
    const redis = await redisWithClock();
    const stream = uniqueStream('clock');
    const runs = new Map<string, number>();

    @Controller()
    class Worker {
      @StreamHandler(stream, { leaseMs: LEASE_MS, concurrency: 10, retry: { backoff: { initialMs: 500, jitter: 0 } } })
      async handle(@Payload() task: { takesMs?: number; fails?: boolean }, @Ctx() { taskId, signal }: StreamContext) {
        const run = (runs.get(taskId) ?? 0) + 1;
        runs.set(taskId, run);
        await wait(task.takesMs ?? 0, undefined, { signal });
        if (task.fails && run === 1) throw new Error('once');
      }
    }
    const options = { connection: redis.url };
    const [app] = await Promise.all([
      startApp({ controllers: [Worker], options }),
      startApp({ controllers: [Worker], options }),
    ]);
    const expected = new Map<string, number>();
    const addAll = async () => {
      const add = async (runsOnce: number, payload: object, more = {}) =>
        expected.set(await app.producer.add(stream, payload, more), runsOnce);
      await add(1, { takesMs: LONG_MS });
      await add(1, { takesMs: LONG_MS }, { ttlMs: 2 * 49 * HOUR_MS });
      await add(2, { fails: true });
      await add(1, {}, { idempotency: { key: `${expected.size}` } });
    };
    await addAll();
    await eventually(() => runs.size === 4);
    await redis.setClock(aheadMs);
    await addAll();
    expected.set(await app.producer.add(stream, {}, { delayMs: 300 }), 1);

    const tasks = app.get(StreamTasks);
    await Promise.all([...expected.keys()].map((id) => tasks.result(stream, id, { timeoutMs: 15_000 })));
    // No more runs come of what is done, also when the leases of before are judged.
    await tasks.result(stream, await app.producer.add(stream, { takesMs: LEASE_MS }), { timeoutMs: 15_000 });
    for (const [id, times] of expected) expect([id, runs.get(id)]).toEqual([id, times]);
  },
);
