import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamMonitor, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

const HOUR_MS = 3_600_000;

it('in a cluster delayed tasks are run, promoted, rescheduled, listed and cancelled', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const [stream, other]: string[] = [uniqueStream('delayed'), uniqueStream('{tagged}:delayed-ones')];
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream!, { result: {} })
    async handle(@Payload() { n }: { n: number }, @Ctx() { taskId }: StreamContext) {
      runs.push(taskId);
      return n;
    }
    @StreamHandler(other!, { result: {} })
    async handleOther(@Payload() { n }: { n: number }) {
      return n;
    }
  }
  const options = { connection: { nodes: [...cluster.seeds] } };
  const app = await startApp({ options });
  const { producer } = app;
  const tasks = app.get(StreamTasks);
  await startApp({ controllers: [Worker], options });
  expect(await tasks.run(other!, { n: 5 }, { delayMs: 100 })).toBe(5);
  const ids = await producer.addBulk(
    stream!,
    [300, HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS].map((delayMs, n) => ({ payload: { n }, delayMs })),
  );
  const [soon, promoted, rescheduled, cancelled, later] = ids as [string, string, string, string, string];
  expect(await tasks.promote(stream!, promoted)).toBe('promoted');
  expect(await tasks.reschedule(stream!, rescheduled, { delayMs: 200 })).toBe('rescheduled');
  expect(await tasks.cancel(stream!, cancelled)).toBe('cancelled');
  expect(await tasks.result(stream!, soon)).toBe(0);
  expect(await tasks.result(stream!, rescheduled)).toBe(2);
  await eventually(() => runs.length === 3);
  expect(runs.toSorted()).toEqual([soon, promoted, rescheduled].toSorted());
  expect((await tasks.delayed(stream!)).tasks.map(({ id }) => id)).toEqual([later]);
  expect(await app.get(StreamMonitor).stats(stream!)).toMatchObject({ delayed: 1 });
  expect(await tasks.get(stream!, cancelled)).toMatchObject({ state: 'cancelled' });
});
