import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, type StreamHandlerOptions } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker, type WorkerProcess } from '../../support/worker-process.js';

/** Runs the tasks of a worker that is killed with as many as it can run, in an app that has been there before. */
async function inherit(options: StreamHandlerOptions & { leaseMs: number; concurrency: number }, taskMs: number) {
  const stream = uniqueStream();
  const cli = redisCli();
  const victim = await startWorker({ stream, options, taskMs: 60_000 });
  for (let n = 0; n < options.concurrency; n++) await cli.xadd(stream, '*', 'n', String(n));
  await eventually(() => victim.started().length === options.concurrency);
  const runs: { event: 'started' | 'finished'; id: string; at: number }[] = [];

  @Controller()
  class Heir {
    @StreamHandler(stream, options)
    async handle(@Ctx() { entryId }: StreamContext) {
      runs.push({ event: 'started', id: entryId, at: performance.now() });
      await wait(taskMs);
      runs.push({ event: 'finished', id: entryId, at: performance.now() });
    }
  }
  const app = await startApp({ controllers: [Heir], options: { shutdownTimeoutMs: 100 } });
  const startedAt = performance.now();
  await eventually(() => performance.now() - startedAt > options.leaseMs / 2);
  await victim.kill();
  return { stream, app, runs, died: performance.now() };
}

it('dead-letters a task that kills its process each time, and completes the four that ran beside it', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const options = { leaseMs: 500, concurrency: 5, retry: { maxDeliveries: 2 } };
  const workers: WorkerProcess[] = [await startWorker({ stream, options })];
  const add = cli.multi();
  for (let n = 0; n < 5; n++) {
    if (n === 2) add.xadd(stream, '*', 'killsAfterMs', '200');
    else add.xadd(stream, '*', 'workMs', '400');
  }
  const pill = (await add.exec())![2]![1] as string;
  await workers[0]!.ended;
  expect(workers[0]!.started()).toHaveLength(5);

  // As a supervisor would: whenever one died, another is started.
  workers.push(await startWorker({ stream, options }));
  await workers[1]!.ended;
  workers.push(await startWorker({ stream, options }));

  const [dead] = await deadLetters(cli, stream);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(dead!.fields).toMatchObject({
    '~dead-id': pill,
    '~dead-reason': 'max-deliveries',
    '~dead-deliveries': '2',
  });
  expect(await cli.xlen(deadLetterKey(stream))).toBe(1);
  expect(workers.flatMap((worker) => worker.finished())).toHaveLength(4);
  expect(workers.flatMap((worker) => worker.started(pill))).toHaveLength(2);
}, 60_000);

describe('what a dead worker left', () => {
  it('is run one after the other, without a pause, and new tasks beside it', async () => {
    const options = { leaseMs: 1_000, concurrency: 20 };
    const taskMs = 50;
    const { stream, app, runs, died } = await inherit(options, taskMs);
    await eventually(() => runs.length > 0);
    const added = await app.producer.add(stream, {});
    await eventually(() => runs.filter(({ event }) => event === 'finished').length === 21);

    expect(performance.now() - died).toBeLessThan(1.5 * options.leaseMs + 20 * taskMs + 1_500);
    const inherited = runs.filter(({ id }) => id !== added).map(({ event }) => event);
    expect(inherited).toEqual(Array.from({ length: 20 }, () => ['started', 'finished']).flat());
    const order = runs.map(({ id }) => id);
    expect(order.indexOf(added)).toBeLessThan(10);
  });

  it('need not wait for one of it that outlasts a lease', async () => {
    const options = { leaseMs: 400, concurrency: 3, abortGraceMs: 0 };
    const { runs, died } = await inherit(options, 5_000);
    await eventually(() => runs.length === 3, 5_000);
    expect(runs.map(({ event }) => event)).toEqual(['started', 'started', 'started']);
    expect(runs[2]!.at - died).toBeGreaterThan(2 * options.leaseMs);
  });
});
