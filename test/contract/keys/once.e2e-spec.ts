import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type StreamContext, StreamHandler, type StreamHandlerOptions, StreamTasks } from 'nestjs-redis-streams';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const DAY_MS = 24 * 3_600_000;
const retry = { maxDeliveries: 5, backoff: { initialMs: 1, maxMs: 1 } };

/** A worker whose handler does what its test says; a task is what that is to know. */
async function scene(
  handler: (context: StreamContext, payload: unknown) => Promise<unknown>,
  options: StreamHandlerOptions = {},
) {
  const stream = uniqueStream();
  @Controller()
  class Worker {
    @StreamHandler(stream, { retry, ...options })
    handle(@Ctx() context: StreamContext, @Payload() payload: unknown) {
      return handler(context, payload);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  const cli = redisCli();
  const recordOf = (id: string) => `{${stream}}:workers:task:${id}`;
  return { stream, tasks, cli, recordOf, add: () => app.producer.add(stream, {}) };
}

describe('what a handler does once', () => {
  it('is done in one delivery, and brings the same in all of them; undefined, too', async () => {
    const keys: string[] = [];
    const { stream, tasks, add } = await scene(
      async (context) => {
        const receipt = await context.once('charge', async (key) => {
          keys.push(key);
          return { at: new Date(0), amount: 5 };
        });
        const nothing = await context.once('notify', (key) => void keys.push(key));
        if (context.deliveryCount < 3) throw new Error('no luck');
        return { receipt, isNothing: nothing === undefined };
      },
      { result: { ttlMs: 60_000 } },
    );
    const id = await add();
    const receipt = { at: new Date(0).toJSON(), amount: 5 };
    expect(await tasks.result(stream, id)).toEqual({ receipt, isNothing: true });
    expect(keys).toEqual([`${stream}:workers:${id}:charge`, `${stream}:workers:${id}:notify`]);
  });

  it('is done again where it failed, in the same delivery or the next', async () => {
    let attempts = 0;
    const { stream, tasks, add } = await scene(
      async (context) => {
        const attempt = () =>
          context.once('charge', () => {
            if (++attempts < 4) throw new Error('no luck');
            return attempts;
          });
        await attempt().catch(() => undefined);
        return attempt();
      },
      { result: { ttlMs: 60_000 } },
    );
    expect(await tasks.result(stream, await add())).toBe(4);
  });

  it('has a name of its own, which is 1 to 128 characters, and a small value that is JSON', async () => {
    const errors: string[] = [];
    const failed = (attempt: Promise<unknown>) =>
      attempt.catch((error: Error) => void errors.push(`${error.name}: ${error.message}`));
    let late: StreamContext | undefined;
    const { stream, tasks, add } = await scene(
      async (context) => {
        const both = await Promise.all([context.once('a', () => 1), failed(context.once('a', () => 2))]);
        expect(both).toEqual([1, undefined]);
        await failed(context.once('a', () => 3));
        for (const name of ['', 'x'.repeat(129), 5 as unknown as string]) await failed(context.once(name, () => 1));
        for (const value of [5n, () => 1, NaN, 'x'.repeat(70_000)])
          await failed(context.once(typeof value, () => value));
        expect(await context.once('x'.repeat(128), () => 'y'.repeat(65_000))).toHaveLength(65_000);
        late = context;
      },
      { result: { ttlMs: 60_000 } },
    );
    await tasks.result(stream, await add());
    await failed(late!.once('late', () => 1));
    expect(errors).toEqual([
      ...Array.from(
        { length: 2 },
        () => expect.stringMatching(/^UnrecoverableError: once\('a'\) was called before/) as string,
      ),
      ...Array.from({ length: 3 }, () => expect.stringMatching(/^RedisStreamsConfigError: once: a name is/) as string),
      ...Array.from({ length: 3 }, () => expect.stringMatching(/^UnrecoverableError: .*once/) as string),
      expect.stringMatching(/^UnrecoverableError: .* has brought 70002 bytes/),
      expect.stringMatching(/^UnrecoverableError: .*the handler has ended/),
    ]);
  });

  it('is remembered for a week, or as long as the result; and not at all where nothing is kept', async () => {
    let isReady = false;
    const handler = async (context: StreamContext) => {
      await context.once('charge', () => 1);
      if (!isReady) throw new Error('not yet');
    };
    const slow = { retry: { maxDeliveries: 50, backoff: { initialMs: 300, maxMs: 300 } } };
    for (const options of [slow, { ...slow, result: { ttlMs: 60_000 } }]) {
      isReady = false;
      const { stream, tasks, cli, recordOf, add } = await scene(handler, options);
      const id = await add();
      await eventually(async () => (await tasks.get(stream, id)).state === 'retry-scheduled');
      expect(await cli.pttl(recordOf(id))).toBeGreaterThan(6.9 * DAY_MS);
      isReady = true;
      await eventually(async () => (await tasks.get(stream, id)).state === 'completed');
      const ttl = await cli.pttl(recordOf(id));
      if ('result' in options) expect(ttl).toBeGreaterThan(50_000);
      expect(ttl).toBeLessThanOrEqual('result' in options ? 60_000 : -2);
    }
  });
});

/** A worker in a process of its own, and the rest of a team that takes over from it. */
async function team(place: 'in it' | 'after it' | 'waits in it') {
  const stream = uniqueStream();
  const cli = redisCli();
  const child = fork(new URL('../../support/once-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ONCE: JSON.stringify({ stream, place }) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 1_000, result: { ttlMs: 60_000 } })
    charge(@Ctx() context: StreamContext) {
      return context.once('charge', async (key) => {
        await cli.rpush(`ledger:${stream}`, key);
        return 'second';
      });
    }
  }
  const tasks = (await startApp({})).get(StreamTasks);
  const add = async () => (await startApp({})).producer.add(stream, {});
  const takeOver = () => startApp({ controllers: [Worker] });
  return { stream, cli, child, tasks, add, takeOver, ledger: () => cli.lrange(`ledger:${stream}`, '0', '-1') };
}

describe('what a task does once', { timeout: 120_000 }, () => {
  it('is done again, with the same key, when its worker dies before that is kept', async () => {
    const { stream, child, tasks, add, takeOver, ledger } = await team('in it');
    const id = await add();
    await once(child, 'exit');
    await takeOver();
    expect(await tasks.result(stream, id)).toBe('second');
    const key = `${stream}:workers:${id}:charge`;
    expect(await ledger()).toEqual([key, key]);
  });

  it('is not done again when its worker dies after that', async () => {
    const { stream, child, tasks, add, takeOver, ledger } = await team('after it');
    const id = await add();
    await once(child, 'exit');
    await takeOver();
    expect(await tasks.result(stream, id)).toBe('first');
    expect(await ledger()).toEqual([`${stream}:workers:${id}:charge`]);
  });

  it('and what a worker brings that was frozen for longer than its lease is not kept', async () => {
    const { stream, cli, child, tasks, add, takeOver } = await team('waits in it');
    const id = await add();
    await once(child, 'message');
    child.kill('SIGSTOP');
    await takeOver();
    expect(await tasks.result(stream, id)).toBe('second');
    const told = once(child, 'message');
    child.kill('SIGCONT');
    child.send('go on');
    expect(await told).toEqual(['LeaseLostError', undefined]);
    expect(await cli.hget(`{${stream}}:workers:task:${id}`, 'once:charge')).toBe('"second"');
  });
});
