import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { delayedKeys, delayTasks, serverNow } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Run {
  readonly taskId: string;
  /** By the server's clock. */
  readonly enteredAt: number;
  readonly payload: object;
  readonly headers: object;
}

async function setUp() {
  const stream = uniqueStream('delayed');
  const runs: Run[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 600 })
    async handle(@Payload() payload: object, @Ctx() { taskId, entryId, headers }: StreamContext) {
      runs.push({ taskId, enteredAt: Number.parseInt(entryId, 10), payload, headers });
    }
  }
  const cli = redisCli();
  return {
    ...{ stream, runs, cli, Worker, keys: delayedKeys(stream) },
    runOf: (id: string) => runs.find(({ taskId }) => taskId === id),
    startWorker: (): Promise<RunningApp> => startApp({ controllers: [Worker] }),
  };
}

it('delayed tasks are run when they are due, under their own ids, and not before', async () => {
  const { stream, runs, runOf, cli, keys, startWorker } = await setUp();
  const now = await serverNow(cli);
  const [overdue] = await delayTasks(cli, stream, now - 3_600_000, ['n', '1']);
  const [soon] = await delayTasks(cli, stream, now + 2_500, ['n', '2', '~trace', 'abc']);
  const [later] = await delayTasks(cli, stream, now + 2_800, ['n', '3']);
  const [inAnHour] = await delayTasks(cli, stream, now + 3_600_000, ['n', '4']);
  await startWorker();
  await eventually(() => runs.length === 3);
  expect(runs.map(({ taskId }) => taskId)).toEqual([overdue, soon, later]);
  expect(runOf(soon!)).toMatchObject({ payload: { n: '2' }, headers: { trace: 'abc' } });
  for (const [id, due] of [
    [soon, now + 2_500],
    [later, now + 2_800],
  ] as const) {
    expect(runOf(id!)!.enteredAt).toBeGreaterThanOrEqual(due);
    expect(runOf(id!)!.enteredAt).toBeLessThan(due + 1_000);
  }
  expect(await cli.zrange(keys.delayed, '0', '-1')).toEqual([inAnHour]);
  expect(await cli.hkeys(keys.tasks)).toEqual([inAnHour]);
});

it.each([
  ['where it is added', true],
  ['elsewhere', false],
])('a task that is added while a worker %s has nothing to do is run as soon as it is due', async (_, isHere) => {
  const { stream, runOf, cli, Worker, startWorker } = await setUp();
  const { producer } = isHere ? await startWorker() : await startApp({});
  if (!isHere) await startApp({ controllers: [Worker] });
  for (const delays of [[1], [300], [900, 300, 600]]) {
    const from = await serverNow(cli);
    const ids = await Promise.all(delays.map((delayMs) => producer.add(stream, { delayMs }, { delayMs })));
    for (const [n, id] of ids.entries()) {
      const { enteredAt } = await eventually(() => runOf(id));
      expect(enteredAt - from).toBeGreaterThanOrEqual(delays[n]!);
      // Looks of workers that were not told of it come seconds later.
      expect(enteredAt - from).toBeLessThan(delays[n]! + 1_000);
    }
  }
});

// To a script, a clock that is an hour ahead and tasks that are due an hour earlier are the same.
it('when the clock of the server jumps, what is due by it enters, and what is due no more does not', async () => {
  const { stream, runs, cli, keys, startWorker } = await setUp();
  await startWorker();
  const now = await serverNow(cli);
  const [id] = await delayTasks(cli, stream, now + 1_000, ['n', '1']);
  const [first] = await delayTasks(cli, stream, now, ['n', '0']);
  await eventually(() => runs.length === 1);
  expect(runs[0]!.taskId).toBe(first);
  // The worker knows of the next one.
  const anHour = 3_600_000;
  await cli.zadd(keys.delayed, now + 1_000 + anHour, id!);
  const [other] = await delayTasks(cli, stream, now + 1_500, ['n', '2']);
  await eventually(() => runs.length === 2);
  expect(runs[1]!.taskId).toBe(other);
  await cli.zincrby(keys.delayed, -anHour, id!);
  await eventually(() => runs.length === 3);
  expect(runs[2]!.taskId).toBe(id);
});
