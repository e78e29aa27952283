import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  RedisStreamsConfigError,
  StreamContext,
  StreamHandler,
  StreamTasks,
  type TaskEvent,
  TaskFailedError,
  type TaskState,
  WaitTimeoutError,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { delayedKeys } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const YEAR_MS = 365 * 24 * 3_600_000;

interface Work {
  readonly n?: number;
  readonly fails?: boolean;
}

async function setUp({ isWorking = true } = {}) {
  const stream: string = uniqueStream('delayed');
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { result: {}, output: {}, retry: { maxDeliveries: 1 } })
    async *handle(@Payload() { n, fails }: Work, @Ctx() { taskId }: StreamContext) {
      runs.push(taskId);
      if (fails) throw new Error('no luck');
      yield `chunk of ${n}`;
      return { n };
    }
  }
  const app = await startApp({});
  const startWorker = () => startApp({ controllers: [Worker] });
  if (isWorking) await startWorker();
  return { stream, runs, startWorker, cli: redisCli(), producer: app.producer, tasks: app.get(StreamTasks) };
}

/** All events until its end. */
function watched(tasks: StreamTasks, stream: string, id: string, from?: string) {
  const events: TaskEvent[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    tasks
      .watch(stream, id, { from })
      .subscribe({ next: (event) => events.push(event), complete: resolve, error: reject });
  });
  return { events, ended };
}

describe.each([0, 1, 500])('a task that is delayed by %i ms', (delayMs) => {
  it('is known by the id that add returned, before, at and after its time', async () => {
    const { stream, runs, producer, tasks } = await setUp();
    const id = await producer.add(stream, { n: 7 }, { delayMs });
    const states = new Set<TaskState>();
    const looking = (async () => {
      for (let task = await tasks.get(stream, id); task.state !== 'completed'; task = await tasks.get(stream, id)) {
        expect(task).toMatchObject({ stream, group: 'workers', id });
        states.add(task.state);
      }
    })();
    const { events, ended } = watched(tasks, stream, id);
    expect(await tasks.result(stream, id, { timeoutMs: 10_000 })).toEqual({ n: 7 });
    await Promise.all([looking, ended]);
    expect(runs).toEqual([id]);
    for (const state of states) expect(['delayed', 'waiting', 'running']).toContain(state);
    expect(await tasks.get(stream, id)).toMatchObject({ id, state: 'completed', result: { n: 7 } });
    expect(await tasks.result(stream, id)).toEqual({ n: 7 });
    expect(await tasks.cancel(stream, id)).toBe('finished');
    expect(events.filter(({ type }) => type === 'chunk')).toMatchObject([{ value: 'chunk of 7' }]);
    expect(events.at(-1)).toMatchObject({ type: 'end', task: { id, state: 'completed' } });
    // From any cursor on it is told the rest.
    const rest = watched(tasks, stream, id, events[0]!.cursor);
    await rest.ended;
    expect(rest.events.map(({ type }) => type)).toContain('chunk');
    expect((await tasks.list(stream, { state: 'completed' })).tasks.map((task) => task.id)).toEqual([id]);
  });
});

describe('a task that is delayed by a year', () => {
  it('is delayed, and is waited for and watched as any other', async () => {
    const { stream, producer, tasks } = await setUp({ isWorking: false });
    const before = Date.now();
    const id = await producer.add(stream, { n: 1 }, { delayMs: YEAR_MS });
    const task = await tasks.get(stream, id, { group: 'any' });
    expect(task).toMatchObject({ stream, group: 'any', id, state: 'delayed' });
    expect(Math.abs((task as { dueAt: Date }).dueAt.getTime() - before - YEAR_MS)).toBeLessThan(60_000);
    const wait = tasks.result(stream, id, { timeoutMs: 300 });
    await expect(wait).rejects.toThrow(WaitTimeoutError);
    await expect(wait).rejects.toThrow(/goes on: it is due at \d{4}-/);
    await expect(tasks.run(stream, { n: 2 }, { delayMs: YEAR_MS, timeoutMs: 300 })).rejects.toThrow(/it is due at/);
  });

  it('and cancelled ends at once, never runs, and keeps its payload; who waits or watches is told', async () => {
    const { stream, runs, cli, producer, tasks } = await setUp();
    const id = await producer.add(stream, { n: 1 }, { delayMs: YEAR_MS });
    const { events, ended } = watched(tasks, stream, id);
    const wait = tasks.result(stream, id).catch((error: unknown) => error);
    const keys = delayedKeys(stream);
    await eventually(async () => events.length > 0 && (await cli.zcard(keys.ears(id))) > 0);
    expect(await tasks.cancel(stream, id, { reason: 'not needed' })).toBe('cancelled');
    const from = performance.now();
    const error = await wait;
    expect(error).toBeInstanceOf(TaskFailedError);
    expect((error as Error).message).toMatch(/was cancelled: not needed/);
    await ended;
    expect(performance.now() - from).toBeLessThan(900);
    expect(events.map(({ type }) => type)).toEqual(['state', 'end']);
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    expect(await tasks.get(stream, id)).toMatchObject({ id, state: 'cancelled', reason: 'not needed' });
    expect(JSON.parse((await cli.hget(keys.record(id), 'fields'))!)).toEqual(['n', '1', '~json:n', '']);
    expect(await cli.exists(keys.delayed, keys.tasks)).toBe(0);
    expect(runs).toEqual([]);
  });
});

it('a cancel that meets the promotion has one outcome', async () => {
  const { stream, runs, producer, tasks } = await setUp();
  const ids = await producer.addBulk(
    stream,
    Array.from({ length: 200 }, (_, n) => ({ payload: { n }, delayMs: 1_000 + Math.floor(n / 20) })),
  );
  await eventually(() => runs.length > 0);
  const outcomes = await Promise.all(ids.map((id) => tasks.cancel(stream, id)));
  for (const [n, id] of ids.entries()) {
    const task = await eventually(async () => {
      const found = await tasks.get(stream, id);
      return (found.state === 'completed' || found.state === 'cancelled') && found;
    });
    if (outcomes[n] === 'cancelled') expect(task).toMatchObject({ state: 'cancelled' });
    if (outcomes[n] === 'finished') expect(task).toMatchObject({ state: 'completed' });
    expect(runs.filter((run) => run === id).length).toBe(task.state === 'completed' ? 1 : runs.includes(id) ? 1 : 0);
  }
});

it('one that fails after its delay says so by its own id, in a list of the dead letters, too', async () => {
  const { stream, producer, tasks } = await setUp();
  const error = await tasks.run(stream, { fails: true }, { delayMs: 50 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TaskFailedError);
  const { id } = (error as TaskFailedError).task;
  expect(id).toMatch(/^t_/);
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'dead-lettered', id });
  expect(await tasks.list(stream, { state: 'dead-lettered' })).toMatchObject({ tasks: [{ id }] });
  expect(await producer.add(stream, {})).toMatch(/^\d/);
});

it('a cancelled one frees its idempotency key', async () => {
  const { stream, producer, tasks } = await setUp({ isWorking: false });
  const options = { delayMs: YEAR_MS, idempotency: { key: 'a key', ttlMs: 60_000 } };
  const id = await producer.add(stream, { n: 1 }, options);
  expect(await producer.add(stream, { n: 1 }, options)).toBe(id);
  await tasks.cancel(stream, id);
  expect(await producer.add(stream, { n: 1 }, options)).not.toBe(id);
});

it('in one group of several a delayed task cannot be cancelled, as it is in none yet', async () => {
  const { stream, cli, producer, tasks } = await setUp();
  const id = await producer.add(stream, {}, { delayMs: YEAR_MS });
  await cli.xgroup('CREATE', stream, 'audit', '0');
  const cancel = tasks.cancel(stream, id, { group: 'audit' });
  await expect(cancel).rejects.toThrow(RedisStreamsConfigError);
  await expect(cancel).rejects.toThrow(/belongs to no group yet/);
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'delayed' });
  await cli.xgroup('DESTROY', stream, 'audit');
  expect(await tasks.cancel(stream, id, { group: 'workers' })).toBe('cancelled');
});

it('an id that add did not return is unknown, or refused where it cannot be one', async () => {
  const { stream, tasks } = await setUp({ isWorking: false });
  const unknown = `t_${'x'.repeat(16)}`;
  expect(await tasks.get(stream, unknown)).toMatchObject({ id: unknown, state: 'unknown', trimmed: false });
  expect(await tasks.cancel(stream, unknown)).toBe('unknown');
  await expect(tasks.result(stream, unknown)).rejects.toThrow(TaskFailedError);
  await expect(tasks.get(stream, 't_short')).rejects.toThrow(
    /a task id is what add returned, such as '1699980000000-0', got "t_short"\. That of a delayed task is 't_'/,
  );
  await expect(tasks.list(stream, { state: 'waiting', from: unknown })).rejects.toThrow(/no place in a list/);
});

it('tells when it expires, as a time or counted from when it is due', async () => {
  const { stream, cli, producer, tasks } = await setUp({ isWorking: false });
  const inAYear = new Date(Date.now() + YEAR_MS);
  const [relative, absolute, never] = await producer.addBulk(stream, [
    { payload: { n: 1 }, delayMs: 60_000, ttlMs: 5_000 },
    { payload: { text: '"~.deadline","5"' }, delayMs: 60_000, deadlineAt: inAYear },
    { payload: { text: '~.deadline', list: ['"~.deadline"', '5'] }, delayMs: 60_000 },
  ]);
  const due = Number(await cli.zscore(delayedKeys(stream).delayed, relative!));
  expect(await tasks.get(stream, relative!)).toMatchObject({ state: 'delayed', deadlineAt: new Date(due + 5_000) });
  expect(await tasks.get(stream, absolute!)).toMatchObject({ state: 'delayed', deadlineAt: inAYear });
  expect(await tasks.get(stream, never!)).toMatchObject({ state: 'delayed', deadlineAt: undefined });
});
