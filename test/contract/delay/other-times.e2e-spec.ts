import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  RedisStreamsConfigError,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  StreamTasks,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { delayTasks } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const HOUR_MS = 3_600_000;
const NAME: string = 's';

interface Work {
  readonly failsOnce?: boolean;
}

async function setUp() {
  const stream: string = uniqueStream('delayed');
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: HOUR_MS, jitter: 0 } } })
    async handle(@Payload() { failsOnce }: Work, @Ctx() { taskId, deliveryCount }: StreamContext) {
      runs.push(taskId);
      if (failsOnce && deliveryCount === 1) throw new Error('no luck');
    }
  }
  const app = await startApp({});
  const startWorker = () => startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  return { stream, runs, startWorker, cli: redisCli(), producer: app.producer, tasks, monitor: app.get(StreamMonitor) };
}

describe('a delayed task', () => {
  it('that is promoted runs at once', async () => {
    const { stream, runs, startWorker, producer, tasks } = await setUp();
    await startWorker();
    const id = await producer.add(stream, {}, { delayMs: HOUR_MS });
    expect(await tasks.promote(stream, id)).toBe('promoted');
    await eventually(() => runs.includes(id));
    await eventually(async () => (await tasks.promote(stream, id)) === 'finished');
    expect(await tasks.reschedule(stream, id, { delayMs: HOUR_MS })).toBe('finished');
    expect(runs).toEqual([id]);
  });

  it('that is rescheduled runs then, earlier or later', async () => {
    const { stream, runs, startWorker, producer, tasks } = await setUp();
    await startWorker();
    const [sooner, later, past] = [
      await producer.add(stream, {}, { delayMs: HOUR_MS }),
      await producer.add(stream, {}, { delayMs: 400 }),
      await producer.add(stream, {}, { delayMs: HOUR_MS }),
    ];
    const inTwoHours = new Date(Date.now() + 2 * HOUR_MS);
    expect(await tasks.reschedule(stream, later, inTwoHours)).toBe('rescheduled');
    expect(await tasks.reschedule(stream, past, new Date(5))).toBe('rescheduled');
    expect(await tasks.reschedule(stream, sooner, { delayMs: 600 })).toBe('rescheduled');
    await eventually(() => runs.length === 2);
    expect(runs).toEqual([past, sooner]);
    expect(await tasks.get(stream, later)).toMatchObject({ state: 'delayed', dueAt: inTwoHours });
  });

  it('waits in a list by when it is due, in pages of any size, and is counted', async () => {
    const { stream, cli, tasks, monitor } = await setUp();
    expect(await monitor.stats(stream)).toMatchObject({ delayed: 0, nextDueAt: undefined });
    const due = Math.floor(Date.now() / 1_000) * 1_000 + HOUR_MS;
    const ids: string[] = [];
    for (const at of [due, due + 1, due + 2]) {
      const added = await delayTasks(cli, stream, at, ...Array.from({ length: 40 }, () => ['n', '1']));
      ids.push(...added.toSorted());
    }
    const told: string[] = [];
    let from: string | undefined;
    do {
      const page = await tasks.delayed(stream, { from, limit: 7 });
      told.push(...page.tasks.map(({ id }) => id));
      // What a page ended with may be gone when the next one is asked for.
      if (told.length === 35) await tasks.cancel(stream, told.at(-1)!);
      from = page.next;
    } while (from);
    expect(told).toEqual(ids);
    const { tasks: later } = await tasks.delayed(stream, { from: new Date(due + 1) });
    expect(later.map(({ id }) => id)).toEqual(ids.slice(40));
    expect(later[0]).toEqual({ stream, group: 'workers', id: ids[40], state: 'delayed', dueAt: new Date(due + 1) });
    expect(await monitor.stats(stream)).toMatchObject({ entries: 0, delayed: 119, nextDueAt: new Date(due) });
  });
});

describe('a retry that is scheduled', () => {
  it('runs at once when it is promoted, or when it is rescheduled to, whichever id it is asked by', async () => {
    const { stream, runs, startWorker, producer, tasks } = await setUp();
    await startWorker();
    const ids = [
      await producer.add(stream, { failsOnce: true }),
      await producer.add(stream, { failsOnce: true }, { delayMs: 1 }),
      await producer.add(stream, { failsOnce: true }),
    ] as const;
    const isScheduled = async (id: string) => (await tasks.get(stream, id)).state === 'retry-scheduled';
    for (const id of ids) await eventually(() => isScheduled(id));
    const from = performance.now();
    expect(await tasks.promote(stream, ids[0])).toBe('promoted');
    expect(await tasks.promote(stream, ids[1])).toBe('promoted');
    expect(await tasks.reschedule(stream, ids[2], { delayMs: 300 })).toBe('rescheduled');
    await eventually(() => runs.length === 6);
    // Without being told the worker would look some seconds later.
    expect(performance.now() - from).toBeLessThan(4_000);
    expect(runs.toSorted()).toEqual([...ids, ...ids].toSorted());
  });
});

it('what waits for a worker is under way, and what there is not is unknown', async () => {
  const { stream, producer, tasks } = await setUp();
  const id = await producer.add(stream, {});
  expect(await tasks.promote(stream, id)).toBe('under-way');
  expect(await tasks.reschedule(stream, id, new Date())).toBe('under-way');
  for (const unknown of ['5-0', `t_${'x'.repeat(16)}`]) {
    expect(await tasks.promote(stream, unknown)).toBe('unknown');
    expect(await tasks.reschedule(stream, unknown, { delayMs: 5 })).toBe('unknown');
  }
});

it.each<[unknown, RegExp]>([
  [undefined, /reschedule\('s'\): give a Date, or \{ delayMs \}/],
  ['tomorrow', /give a Date/],
  [{}, /give a Date/],
  [new Date(NaN), /the time must be a valid Date/],
  [{ delayMs: -1 }, /delayMs must be a whole number/],
  [{ delayMs: 1e12 }, /delayMs must be/],
])('rescheduling to %o is refused', async (due, message) => {
  const tasks = (await startApp({})).get(StreamTasks);
  const moved = tasks.reschedule(NAME, '1-0', due as Date);
  await expect(moved).rejects.toThrow(RedisStreamsConfigError);
  await expect(moved).rejects.toThrow(message);
});

it.each<[object, RegExp]>([
  [{ from: 'x' }, /delayed\('s'\): from must be `next` of the page before, or a valid Date/],
  [{ from: new Date(NaN) }, /from must be/],
  [{ limit: 0 }, /limit must be/],
  [{ group: 'a' }, /Unknown option 'group'/],
])('a list of delayed tasks with %o is refused', async (options, message) => {
  const tasks = (await startApp({})).get(StreamTasks);
  await expect(tasks.delayed(NAME, options)).rejects.toThrow(message);
});
