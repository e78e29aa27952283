import { getEventListeners } from 'node:events';
import { StreamTasks, type TaskFailedError, type WaitTimeoutError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { endTask, ringEars } from '../../support/ended-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function scene() {
  const stream = uniqueStream();
  const app = await startApp({});
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, {});
  return { app, cli, tasks, stream, id, task: { stream, id } };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return expect.fail('it was resolved');
}

describe('a wait for a task', () => {
  it('that has ended already resolves at once, to the result that was kept', async () => {
    const { cli, tasks, stream, id, task } = await scene();
    await endTask(cli, task, { result: '{"answer":42}' });
    expect(await tasks.result(stream, id)).toEqual({ answer: 42 });
  });

  it('resolves when it ends, long before a poll', async () => {
    await eventually(async () => {
      const { cli, tasks, stream, id, task } = await scene();
      const before = performance.now();
      const result = tasks.result(stream, id);
      await eventually(() => ringEars(cli, task));
      await endTask(cli, task, { result: '[1,2]' });
      await ringEars(cli, task);
      expect(await result).toEqual([1, 2]);
      return performance.now() - before < 700;
    });
  });

  it.each([
    [
      { state: 'dead-lettered', reason: 'unrecoverable', error: 'Error: bad image' },
      /unrecoverable\): Error: bad image/,
    ],
    [{ state: 'cancelled', 'cancel-reason': 'changed my mind' }, /was cancelled: changed my mind/],
    [{ state: 'expired' }, /was not done by its deadline/],
  ])('rejects where that ends as %o', async (record, message) => {
    const { cli, tasks, stream, id, task } = await scene();
    const rejected = rejection(tasks.result(stream, id));
    await eventually(() => ringEars(cli, task));
    await endTask(cli, task, record);
    await ringEars(cli, task);
    const error = (await rejected) as TaskFailedError;
    expect(error).toMatchObject({ name: 'TaskFailedError', task: { state: record.state, id } });
    expect(error.message).toMatch(message);
    expect(error.stack).toContain('waits.e2e-spec');
  });

  it('rejects at once where there is no such task, and resolves to nothing where it was there and is no longer', async () => {
    const { cli, tasks, stream, id, task } = await scene();
    const unknown = await rejection(tasks.result(stream, '5-0'));
    expect(unknown).toMatchObject({ name: 'TaskFailedError', task: { state: 'unknown' } });
    const result = tasks.result(stream, id);
    await eventually(() => ringEars(cli, task));
    await cli.xtrim(stream, 'MAXLEN', 0);
    await ringEars(cli, task);
    expect(await result).toBeUndefined();
  });

  it('times out, and the task goes on; the error tells its state', async () => {
    const { cli, tasks, stream, id, task } = await scene();
    const error = (await rejection(tasks.result(stream, id, { timeoutMs: 1_000 }))) as WaitTimeoutError;
    expect(error).toMatchObject({ name: 'WaitTimeoutError', taskId: id, task: { state: 'waiting' } });
    expect(error.message).toMatch(/did not end within 1000 ms and goes on: it is waiting/);
    expect(error.stack).toContain('waits.e2e-spec');
    await endTask(cli, task, { result: '1' });
    expect(await tasks.result(stream, id)).toBe(1);
  });

  it('in a group that does not exist times out, and names those that do', async () => {
    const { tasks, stream, id } = await scene();
    const error = (await rejection(tasks.result(stream, id, { timeoutMs: 1_000, group: 'ocr' }))) as Error;
    expect(error.message).toMatch(/its stream has no group 'ocr', only 'workers'/);
  });

  it('ends by its signal at once, with that reason', async () => {
    const { cli, tasks, stream, id, task } = await scene();
    const controller = new AbortController();
    const { signal } = controller;
    const rejected = rejection(tasks.result(stream, id, { signal }));
    await eventually(() => ringEars(cli, task));
    controller.abort(new Error('the client has gone'));
    expect(await rejected).toBe(signal.reason);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(await rejection(tasks.result(stream, id, { signal }))).toBe(signal.reason);
    expect(await rejection(tasks.run(stream, {}, { signal }))).toBe(signal.reason);
    expect(await cli.xlen(stream)).toBe(1);
  });

  it('ends when the application closes, as does each that begins after that', async () => {
    const { app, cli, tasks, stream, id, task } = await scene();
    const rejected = rejection(tasks.result(stream, id));
    await eventually(() => ringEars(cli, task));
    await app.close();
    const errors = [await rejected, await rejection(tasks.result(stream, id))] as Error[];
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'RedisUnavailableError', message: expect.stringMatching(/is closing/) });
    }
  });
});

describe('it is refused', () => {
  it.each<[string, object, RegExp]>([
    ['a timeout of 0', { timeoutMs: 0 }, /timeoutMs must be a whole number, 1 to 2147483647, got 0/],
    ['a timeout that is no number', { timeoutMs: NaN }, /timeoutMs must be .*got NaN/],
    ['a timeout that no timer can do', { timeoutMs: 2 ** 31 }, /timeoutMs must be .*got 2147483648/],
    ['a signal that is none', { signal: {} as AbortSignal }, /signal must be an AbortSignal/],
    ['an unknown option', { timeout: 5 }, /Unknown option 'timeout' in the options of (result|run)/],
    ['a group without a name', { group: '' }, /group must be/],
  ])('%s', async (_name, options, message) => {
    const { cli, tasks, stream, id } = await scene();
    for (const refused of [tasks.result(stream, id, options), tasks.run(stream, {}, options)]) {
      const error = (await rejection(refused)) as Error;
      expect(error.name).toBe('RedisStreamsConfigError');
      expect(error.message).toMatch(message);
    }
    // Nothing was added.
    expect(await cli.xlen(stream)).toBe(1);
  });

  it.each(['', '5', '5-0-0', '05-0', 5 as unknown as string])('an id such as %o', async (id) => {
    const { tasks, stream } = await scene();
    expect(await rejection(tasks.result(stream, id))).toMatchObject({ name: 'RedisStreamsConfigError' });
  });

  it('what add refuses, with its error', async () => {
    const { tasks, stream } = await scene();
    expect(await rejection(tasks.run(stream, { n: 1n }))).toMatchObject({ name: 'EncodeError' });
  });
});
