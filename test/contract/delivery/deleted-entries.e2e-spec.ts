import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const LEASE_MS = 300;

/** Runs a task whose entry is deleted, for some leases more, and then ends it. */
async function deleteWhileRunning(options: { maxDeliveries: number; leases: number; fails: boolean }) {
  const stream = uniqueStream();
  const cli = redisCli();
  const end = deferred();
  const runs: AbortSignal[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, {
      leaseMs: LEASE_MS,
      retry: { maxDeliveries: options.maxDeliveries, backoff: { initialMs: 10 } },
    })
    async handle(@Ctx() { signal }: StreamContext) {
      runs.push(signal);
      await end.promise;
      if (options.fails) throw new Error('fails, too');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const id = await app.producer.add(stream, {});
  await eventually(() => runs.length === 1);
  expect(await cli.xdel(stream, id)).toBe(1);
  const deletedAt = performance.now();
  await eventually(() => performance.now() - deletedAt > options.leases * LEASE_MS);
  const wasAborted = runs[0]!.aborted;
  end.resolve();
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  return { stream, cli, app, id, runs, wasAborted };
}

it.each([0, 3])('a task whose entry is deleted goes on to its end, %s leases later', async (leases) => {
  const { app, runs, wasAborted } = await deleteWhileRunning({ maxDeliveries: 5, leases, fails: false });
  expect(wasAborted).toBe(false);
  expect(runs).toHaveLength(1);
  expect(app.logs.matching('warn', /lost its lease/)).toEqual([]);
});

it.each([
  [5, 0],
  [5, 3],
  [1, 0],
  [1, 3],
])(
  'and when it fails it is neither retried nor kept (maxDeliveries %s, %s leases later)',
  async (maxDeliveries, leases) => {
    const { app, cli, stream, id, runs } = await deleteWhileRunning({ maxDeliveries, leases, fails: true });
    await eventually(() => app.logs.matching('warn', new RegExp(`entry ${id} was deleted or trimmed`)).length === 1);
    expect(app.logs.matching('warn', /lost its lease/)).toEqual([]);
    expect(runs).toHaveLength(1);
    expect(await cli.exists(deadLetterKey(stream))).toBe(0);
  },
);
