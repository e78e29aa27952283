import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const TASKS = 1_000;

it('of 1,000 tasks that four processes promote, reschedule and cancel at once each runs once, or is cancelled', async () => {
  const stream: string = uniqueStream('delayed');
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 100, retention: { maxEntries: 2 * TASKS } })
    async handle(@Ctx() { taskId }: StreamContext) {
      runs.push(taskId);
    }
  }
  const worker = await startApp({ controllers: [Worker] });
  const items = Array.from({ length: TASKS }, (_, n) => ({ payload: { n: `${n}` }, delayMs: 3_600_000 }));
  const ids = await worker.producer.addBulk(stream, items);
  const apps = await Promise.all(Array.from({ length: 4 }, () => startApp({})));
  const [one, two, three, four] = apps.map((app) => app.get(StreamTasks));
  const asks = [
    // Every other one is let go.
    (id: string, n: number) => (n % 2 === 0 ? one!.cancel(stream, id) : one!.promote(stream, id)),
    (id: string) => two!.promote(stream, id),
    (id: string) => three!.reschedule(stream, id, { delayMs: 1 }),
    (id: string) => four!.promote(stream, id),
  ];
  // Each is first in its turn, over connections that are there.
  await Promise.all([one, two, three, four].map((tasks) => tasks!.get(stream, ids[0]!)));
  const outcomes = await Promise.all(
    ids.map((id, n) => Promise.all(asks.map((_, k) => asks[(n + k) % 4]!(id, n).catch(String)))),
  );
  const stateOf = async (id: string) => (await one!.get(stream, id)).state;
  const states = await eventually(async () => {
    const all = await Promise.all(ids.map(stateOf));
    return all.every((state) => state === 'completed' || state === 'cancelled') && all;
  }, 20_000);

  const cancelled = ids.filter((_, n) => states[n] === 'cancelled');
  expect(runs.toSorted()).toEqual(ids.filter((id) => !cancelled.includes(id)).toSorted());
  // Whoever was told that it is cancelled was told the truth.
  expect(ids.filter((_, n) => outcomes[n]!.includes('cancelled') && states[n] !== 'cancelled')).toEqual([]);
  const known = ['cancelled', 'requested', 'promoted', 'rescheduled', 'under-way', 'finished'];
  expect(outcomes.flat().filter((outcome) => !known.includes(outcome))).toEqual([]);
  expect(cancelled.length).toBeGreaterThan(0);
  expect(cancelled.filter((id) => ids.indexOf(id) % 2 === 1)).toEqual([]);
  const entered = (await redisCli().xrange(stream, '-', '+')).map(([, fields]) => fields[fields.indexOf('~.task') + 1]);
  expect(new Set(entered).size).toBe(entered.length);
});
