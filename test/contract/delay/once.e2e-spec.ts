import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { delayedKeys, delayTasks, serverNow } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const TASKS = 10_000;

it('of 10,000 tasks that are due in one millisecond each enters once, though two of four workers die meanwhile', async () => {
  const stream = uniqueStream('delayed');
  const options = { concurrency: 100, leaseMs: 1_000, retention: { maxEntries: 2 * TASKS } };
  const done = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    async handle(@Ctx() { taskId }: StreamContext) {
      done.add(taskId);
    }
  }
  const [one, other] = await Promise.all([startWorker({ stream, options }), startWorker({ stream, options })]);
  for (let n = 0; n < 2; n++) await startApp({ controllers: [Worker] });

  const cli = redisCli();
  const now = await serverNow(cli);
  const tasks = Array.from({ length: TASKS }, (_, n) => ['n', `${n}`]);
  const adding = delayTasks(cli, stream, now, ...tasks);
  await eventually(async () => (await cli.xlen(stream)) > 100, 15_000);
  await one.kill();
  await eventually(async () => (await cli.xlen(stream)) > TASKS / 2, 15_000);
  await other.kill();
  const ids = await adding;
  await eventually(async () => (await cli.zcard(delayedKeys(stream).delayed)) === 0, 15_000);

  const entries = await cli.xrange(stream, '-', '+');
  const entered = entries.map(([, fields]) => fields[fields.indexOf('~.task') + 1]!);
  expect(entered).toHaveLength(TASKS);
  expect(new Set(entered)).toEqual(new Set(ids));
  // What the dead have left is taken over.
  await eventually(async () => ((await cli.xpending(stream, 'workers')) as [number])[0] === 0, 20_000);
  expect(done.size).toBeGreaterThan(0);
});
