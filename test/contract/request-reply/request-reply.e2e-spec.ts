import { Controller } from '@nestjs/common';
import { Ctx, Payload, RpcException } from '@nestjs/microservices';
import {
  RedisStreamsClient,
  StreamContext,
  StreamHandler,
  type StreamHandlerOptions,
  StreamTasks,
  type TaskRpcException,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { firstValueFrom, lastValueFrom, type Observable, of, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Task {
  n: number;
}

/** An app whose handler does that. */
async function app(handle: (task: Task, context: StreamContext) => unknown, options?: StreamHandlerOptions) {
  const stream = uniqueStream('reply');
  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    async handle(@Payload() task: Task, @Ctx() context: StreamContext) {
      return handle(task, context);
    }
  }
  const running = await startApp({ controllers: [Worker] });
  return { stream, running, client: running.get(RedisStreamsClient), tasks: running.get(StreamTasks) };
}

/** All that is emitted. */
const all = <T>(values: Observable<T>) => lastValueFrom(values.pipe(toArray()));

async function errorOf(values: Observable<unknown>): Promise<TaskRpcException> {
  return (await all(values).then(
    () => expect.fail('it completed'),
    (error: unknown) => error,
  )) as TaskRpcException;
}

it.each<[string, unknown, unknown[]]>([
  ['an object', { answer: 42 }, [{ answer: 42 }]],
  ['null', null, [null]],
  ['a string', 'yes', ['yes']],
  ['nothing', undefined, []],
])('the reply of a handler that returns %s is %o, and then it completes', async (_what, returned, emitted) => {
  const { client, stream } = await app(() => returned);
  expect(await all(client.send(stream, { n: 1 }))).toEqual(emitted);
});

it('chunks come in their order while the handler runs, then what it returns', async () => {
  const go = deferred();
  const { client, stream } = await app(
    async function* () {
      yield 'a';
      await go.promise;
      for (let n = 0; n < 500; n++) yield n;
      return { length: 501 };
    },
    { output: {} },
  );
  const emitted: unknown[] = [];
  const completed = new Promise<void>((complete, error) => {
    client.send(stream, { n: 1 }).subscribe({ next: (value) => emitted.push(value), complete, error });
  });
  await eventually(() => emitted.length === 1);
  go.resolve();
  await completed;
  expect(emitted).toEqual(['a', ...Array.from({ length: 500 }, (_, n) => n), { length: 501 }]);
});

it('an Observable that streams has its last value emitted once', async () => {
  const { client, stream } = await app(() => of('a', 'b'), { output: {} });
  expect(await all(client.send(stream, { n: 1 }))).toEqual(['a', 'b']);
});

it('each subscription to send is a task of its own; emit adds one whether anybody subscribes, and tells its id', async () => {
  const { client, stream } = await app(({ n }) => n);
  const cli = redisCli();
  const reply = client.send<number>(stream, { n: 7 });
  expect(await cli.xlen(stream)).toBe(0);
  expect(await Promise.all([firstValueFrom(reply), firstValueFrom(reply)])).toEqual([7, 7]);
  expect(await cli.xlen(stream)).toBe(2);
  client.emit(stream, { n: 8 });
  await eventually(async () => (await cli.xlen(stream)) === 3);
  const id = await firstValueFrom(client.emit(stream, { n: 9 }));
  expect((await cli.xrange(stream, id, id)).length).toBe(1);
});

it('a task that is given up is a TaskRpcException, of the shape that Nest’s own errors have', async () => {
  const { client, stream } = await app(() => {
    throw new UnrecoverableError('bad image');
  });
  const error = await errorOf(client.send(stream, { n: 1 }));
  expect(error).toBeInstanceOf(RpcException);
  expect(error).toMatchObject({
    name: 'TaskRpcException',
    status: 'error',
    message: expect.stringMatching(/was given up \(unrecoverable\): UnrecoverableError: bad image/),
    taskId: expect.stringMatching(/^\d+-\d+$/),
    task: { state: 'dead-lettered', reason: 'unrecoverable', stream },
    cause: { name: 'TaskFailedError' },
  });
  expect(error.getError()).toEqual({ status: 'error', message: error.message, task: error.task });
});

it('a task that is cancelled is one, too', async () => {
  const started = deferred();
  const { client, stream, tasks } = await app((_task, { signal, taskId }) => {
    void tasks.cancel(stream, taskId, { reason: 'enough' });
    started.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  const error = await errorOf(client.send(stream, { n: 1 }));
  expect(error).toMatchObject({ task: { state: 'cancelled', reason: 'enough' } });
});

it('a task that somebody deletes before it ran is one, too, and not a reply without a value', async () => {
  const stream = uniqueStream('reply');
  const running = await startApp({ options: { consume: false } });
  const failed = errorOf(running.get(RedisStreamsClient).send(stream, { n: 1 }));
  const redis = redisCli();
  const [[id]] = await eventually(async () => {
    const entries = await redis.xrange(stream, '-', '+');
    return entries.length > 0 && (entries as [[string, string[]]]);
  });
  await redis.xdel(stream, id);
  expect(await failed).toMatchObject({ name: 'TaskRpcException', taskId: id, task: { state: 'unknown' } });
});

it('its timeout is the task’s deadline: a handler that runs is stopped, and what waits is not started', async () => {
  let runs = 0;
  const reasons: unknown[] = [];
  const { running, stream } = await app(
    (_task, { signal, deadlineAt }) => {
      runs++;
      expect(deadlineAt).toBeInstanceOf(Date);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push((signal.reason as Error).name);
          reject(signal.reason as Error);
        });
      });
    },
    { concurrency: 1 },
  );
  const via = running.get(RedisStreamsClient);
  const first = errorOf(new RedisStreamsClient({ via, timeoutMs: 700 }).send(stream, { n: 1 }));
  await eventually(() => runs === 1);
  // Over before the first one is, whose slot it waits for: tasks of one timeout end within a millisecond or two.
  const second = errorOf(new RedisStreamsClient({ via, timeoutMs: 50 }).send(stream, { n: 2 }));
  for (const error of await Promise.all([first, second])) {
    expect(error).toMatchObject({ name: 'TaskRpcException', task: { state: 'expired' } });
  }
  expect(reasons).toEqual(['TaskExpiredError']);
  expect(runs).toBe(1);
});

it('a handler that does not stop at the deadline is named', async () => {
  const go = deferred();
  const { running, stream } = await app(() => go.promise);
  const client = new RedisStreamsClient({ via: running.get(RedisStreamsClient), timeoutMs: 700 });
  const error = await errorOf(client.send(stream, { n: 1 }));
  go.resolve();
  expect(error).toMatchObject({ task: { state: 'running' }, cause: { name: 'WaitTimeoutError' } });
  expect(error.message).toMatch(/did not end within 700 ms, its deadline: .* still runs it, and is to stop/);
});

it.each<[string, string[], RegExp]>([
  ['no group at all', [], /has no group 'workers', none at all/],
  ['other groups only', ['ocr', 'audit'], /has no group 'workers', only 'audit', 'ocr'/],
])('where the stream has %s, the error says so', async (_what, groups, message) => {
  const stream = uniqueStream('reply');
  const running = await startApp({});
  const cli = redisCli();
  for (const group of groups) await cli.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  const client = new RedisStreamsClient({ via: running.get(RedisStreamsClient), timeoutMs: 100 });
  expect((await errorOf(client.send(stream, { n: 1 }))).message).toMatch(message);
});

it('bad input is refused by an error of the Observable, and adds nothing', async () => {
  const { client, stream } = await app(() => 1);
  // As Nest's own clients do.
  for (const refused of [
    client.send(stream, undefined),
    client.emit(stream, null),
    client.send(null as unknown as string, {}),
  ]) {
    expect((await errorOf(refused)).message).toMatch(/invalid data or message pattern/);
  }
  for (const pattern of [{ cmd: 'sum' }, 5, ['a'], Symbol('a'), '', '{a}']) {
    for (const refused of [
      client.send(pattern as unknown as string, {}),
      client.emit(pattern as unknown as string, {}),
    ]) {
      const error = await errorOf(refused);
      expect(error.name).toBe('RedisStreamsConfigError');
      expect(error.message).toMatch(/^(send|emit): (A|The) stream name/);
    }
  }
  expect((await errorOf(client.send({ cmd: 'sum' } as unknown as string, {}))).message).toMatch(/got \{ cmd: 'sum' \}/);
  expect((await errorOf(client.send(stream, { n: 1n }))).name).toBe('EncodeError');
  expect(await redisCli().xlen(stream)).toBe(0);
});

it.each<[object, RegExp]>([
  [{ timeout: 5 }, /Unknown option 'timeout' in RedisStreamsClient options. Did you mean 'timeoutMs'/],
  [{ timeoutMs: 0 }, /timeoutMs must be a whole number, 1 to 1000000000, got 0/],
  [{ group: '' }, /group must be/],
  [{ cancelOnUnsubscribe: 'yes' }, /cancelOnUnsubscribe must be true or false/],
  [{ via: {} }, /via must be a RedisStreamsClient/],
  [{ connection: 5 }, /connection must be/],
])('options such as %o are refused', (options, message) => {
  expect(() => new RedisStreamsClient(options)).toThrow(message);
});
