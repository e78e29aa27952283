import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  AddBulkError,
  type AddOptions,
  IdempotencyConflictError,
  RedisStreamsConfigError,
  type StreamContext,
  StreamHandler,
  StreamProducer,
  StreamTasks,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { entriesOf } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const keyed = (key: string, more: Partial<AddOptions['idempotency']> = {}) => ({ idempotency: { key, ...more } });
const keyOf = (stream: string, key: string) => `{${stream}}:key:${key}`;

/** A process of its own that adds a task so many times at once, when it is told to. */
async function startAdder(adder: { stream: string; key: string; times: number }) {
  const child = fork(new URL('../../support/adder-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ADDER: JSON.stringify(adder) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return async () => {
    child.send('go');
    const [ids] = (await once(child, 'message')) as [string[]];
    return ids;
  };
}

describe('tasks with one key are one task', () => {
  it('whoever adds them, at once', { timeout: 120_000 }, async () => {
    const stream = uniqueStream();
    const adder = { stream, key: 'order-7', times: 125 };
    const adders = await Promise.all(Array.from({ length: 8 }, () => startAdder(adder)));
    const ids = (await Promise.all(adders.map((add) => add()))).flat();
    expect(ids).toHaveLength(1_000);
    expect(new Set(ids).size).toBe(1);
    expect((await entriesOf(redisCli(), stream)).map(({ id }) => id)).toEqual([ids[0]]);
  });

  it('the first, also in other processes; keys of other streams are others', async () => {
    const cli = redisCli();
    const [stream, other] = [uniqueStream(), uniqueStream()];
    const [one, two] = [await startApp({}), await startApp({})];
    const first = await one.producer.add(stream, { n: 1 }, keyed('order-7'));
    expect(await two.producer.add(stream, { n: 1 }, keyed('order-7'))).toBe(first);
    expect(await one.producer.add(stream, { n: 1 }, keyed('order-8'))).not.toBe(first);
    await one.producer.add(other, { n: 1 }, keyed('order-7'));
    expect(await cli.xlen(stream)).toBe(2);
    expect(await cli.xlen(other)).toBe(1);
  });

  it.each(['a', '{a}', '}b{', 'ä 😀\n:key:\0', 'x'.repeat(512), '€'.repeat(170)])('the key %j is one', async (key) => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const ids = [await producer.add(stream, {}, keyed(key)), await producer.add(stream, {}, keyed(key))];
    expect(ids[0]).toBe(ids[1]);
    expect(await cli.xlen(stream)).toBe(1);
  });

  it.each([
    ['', /must be a string that is not empty/],
    ['x'.repeat(513), /has 513 bytes, and may have 512/],
    ['€'.repeat(171), /has 513 bytes/],
    ['\ud800', /must be a string/],
    [7, /must be a string/],
    [undefined, /must be a string/],
  ])('the key %j is none', async (key, message) => {
    const { producer } = await startApp({});
    const added = producer.add(uniqueStream(), {}, keyed(key as string));
    await expect(added).rejects.toThrow(RedisStreamsConfigError);
    await expect(added).rejects.toThrow(message);
  });

  it.each([
    [{ ttlMs: 999 }, /idempotency.ttlMs must be a whole number, 1000 to 2592000000/],
    [{ ttlMs: 2_592_000_001 }, /ttlMs/],
    [{ until: 'ever' }, /must be 'ttl' or 'finished'/],
    [{ waitMs: 0 }, /waitMs/],
    [{ group: '' }, /group/],
    [{ keys: 1 }, /Unknown option 'keys'/],
  ])('%o is refused', async (more, message) => {
    const { producer } = await startApp({});
    await expect(producer.add(uniqueStream(), {}, keyed('a', more as object))).rejects.toThrow(message);
    await expect(producer.add(uniqueStream(), {}, { ...keyed('a'), minReplicas: 1 })).rejects.toThrow(
      /not go with minReplicas/,
    );
  });

  it('until its time to live is over', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const first = await producer.add(stream, {}, keyed('a', { ttlMs: 1_000 }));
    expect(await cli.pttl(keyOf(stream, 'a'))).toBeGreaterThan(500);
    expect(await producer.add(stream, {}, keyed('a', { ttlMs: 60_000 }))).toBe(first);
    expect(await cli.pttl(keyOf(stream, 'a'))).toBeLessThanOrEqual(1_000);
    await eventually(async () => (await cli.exists(keyOf(stream, 'a'))) === 0);
    expect(await producer.add(stream, {}, keyed('a'))).not.toBe(first);
    expect(await cli.pttl(keyOf(stream, 'a'))).toBeGreaterThan(86_000_000);
  });

  it('with maxLen, too, and with more fields than a script can append', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const payload = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, n]));
    const id = await producer.add(stream, payload, { ...keyed('wide'), maxLen: 1 });
    expect(await producer.add(stream, payload, keyed('wide'))).toBe(id);
    const [entry] = await entriesOf(cli, stream);
    expect(JSON.parse(entry!.fields['~payload']!)).toEqual(payload);
    for (let n = 0; n < 500; n++) await producer.add(stream, { n }, { ...keyed(`${n}`), maxLen: 1 });
    expect(await cli.xlen(stream)).toBeLessThan(500);
  });

  it('whose payload is compared as it is encoded, whatever the order of its keys and its headers', async () => {
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const id = await producer.add(stream, { a: 1, b: ['x'], c: 'y' }, { ...keyed('a'), headers: { trace: '1' } });
    expect(await producer.add(stream, { b: ['x'], c: 'y', a: 1 }, { ...keyed('a'), headers: { trace: '2' } })).toBe(id);
    for (const payload of [
      { a: 1, b: ['x'], c: 'z' },
      { a: '1', b: ['x'], c: 'y' },
      { a: 1, b: ['x'] },
      [1],
      'a',
      null,
    ]) {
      const conflict = await producer.add(stream, payload, keyed('a')).catch((error: unknown) => error);
      expect(conflict).toBeInstanceOf(IdempotencyConflictError);
      expect(conflict).toMatchObject({ key: 'a', taskId: id, message: expect.stringContaining(id) as string });
    }
  });

  it('in addBulk, where each item may have a key of its own', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const before = await producer.add(stream, { n: '3' }, keyed('3'));
    const items = Array.from({ length: 40 }, (_, n) => ({ payload: { n: `${n}` }, ...(n % 3 === 0 && keyed(`${n}`)) }));
    const ids = await producer.addBulk(stream, items);
    expect(ids[3]).toBe(before);
    const inOrder = (await entriesOf(cli, stream)).map(({ id }) => id);
    expect(inOrder).toEqual([before, ...ids.filter((id) => id !== before)]);
    const failed = await producer
      .addBulk(stream, [
        { payload: { n: 'other' }, ...keyed('3') },
        { payload: { n: 'new' }, ...keyed('new') },
      ])
      .catch((error: unknown) => error as AddBulkError);
    expect(failed).toMatchObject({ outcomes: [{ error: { taskId: before } }, { id: expect.any(String) as string }] });
    const twice = [{ payload: {}, ...keyed('a') }, { payload: {} }, { payload: {}, ...keyed('a') }];
    await expect(producer.addBulk(stream, twice)).rejects.toThrow(/items 0 and 2 have the same idempotency key, "a"/);
  });

  it('also where it is delayed: then the key answers with its own id, and lives from when it is due', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const { producer } = await startApp({});
    const id = await producer.add(stream, {}, { ...keyed('a', { ttlMs: 5_000 }), delayMs: 60_000 });
    expect(id).toMatch(/^t_/);
    expect(await producer.add(stream, {}, { ...keyed('a'), delayMs: 90_000 })).toBe(id);
    expect(await producer.add(stream, {}, keyed('a'))).toBe(id);
    expect(await cli.zcard(`{${stream}}:delayed`)).toBe(1);
    expect(await cli.exists(stream)).toBe(0);
    const ttl = await cli.pttl(keyOf(stream, 'a'));
    expect(ttl).toBeGreaterThan(60_000);
    expect(ttl).toBeLessThanOrEqual(65_000);
  });

  it('and none where the memory is full, or a key holds something else', async () => {
    const redis = await ownRedis('--appendonly', 'no', '--maxmemory-policy', 'noeviction');
    const cli = redisCli(redis.url);
    const [full, wrong, text] = [uniqueStream(), uniqueStream(), uniqueStream()];
    const { producer } = await startApp({ options: { connection: redis.url } });
    await cli.config('SET', 'maxmemory', '1');
    await expect(producer.add(full, {}, keyed('a'))).rejects.toThrow(/nothing was written: OOM/);
    await cli.config('SET', 'maxmemory', '0');
    await cli.set(keyOf(wrong, 'a'), 'something_else');
    await cli.lpush(keyOf(wrong, 'b'), 'x');
    await cli.set(text, 'a text');
    for (const key of ['a', 'b']) await expect(producer.add(wrong, {}, keyed(key))).rejects.toThrow(/WRONGTYPE/);
    await expect(producer.add(text, {}, keyed('a'))).rejects.toThrow(/WRONGTYPE/);
    expect((await cli.keys('*')).toSorted()).toEqual([keyOf(wrong, 'a'), keyOf(wrong, 'b'), text].toSorted());
  });

  it('and none where the key may not be set', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const stream = uniqueStream();
    await cli.call('ACL', 'SETUSER', 'default', '-set');
    const { producer } = await startApp({ options: { connection: redis.url } });
    await expect(producer.add(stream, {}, keyed('a'))).rejects.toThrow(/nothing was written/);
    expect(await cli.keys('*')).toEqual([]);
  });
});

/** A worker whose handler does what its test says. */
async function scene(handler: (n: string, context: StreamContext) => Promise<unknown>, options = {}) {
  const stream = uniqueStream();
  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 1 }, ...options })
    handle(@Payload() { n }: { n: string }, @Ctx() context: StreamContext) {
      return handler(n, context);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const add = (more: AddOptions = {}, n = 'a') => app.producer.add(stream, { n }, { ...keyed('key'), ...more });
  return { stream, add, tasks: app.get(StreamTasks), producer: app.get(StreamProducer), cli: redisCli() };
}
const ended = (tasks: StreamTasks, stream: string, id: string, state: string) =>
  eventually(async () => (await tasks.get(stream, id)).state === state);

describe('a key is free again', () => {
  it('when its task is dead-lettered: the next one runs', async () => {
    let runs = 0;
    const { stream, add, tasks, cli } = await scene(async () => {
      if (++runs === 1) throw new Error('no luck');
    });
    const first = await add();
    await ended(tasks, stream, first, 'dead-lettered');
    expect(await cli.exists(keyOf(stream, 'key'))).toBe(0);
    const second = await add();
    expect(second).not.toBe(first);
    await eventually(() => runs === 2);
    await eventually(async () => (await tasks.get(stream, second)).state === 'completed');
    expect(await add()).toBe(second);
  });

  it('when its task cannot be decoded, or was delivered too often', async () => {
    const { stream, cli, producer } = await scene(async () => undefined);
    for (const fields of [
      ['~payload', '{'],
      ['n', 'a'],
    ]) {
      await cli.set(keyOf(stream, 'key'), '5-0 fingerprint');
      const id = await cli.xadd(stream, '*', ...fields, '~.key', 'finished 5000 workers key', '~.task', '5-0');
      await eventually(async () => (await cli.exists(keyOf(stream, 'key'))) === 0);
      expect(id).toBeDefined();
    }
    expect(producer).toBeDefined();
  });

  it('when its task is cancelled, while it waits, while it runs, and before its retry', async () => {
    const started = deferred();
    const { stream, add, tasks, cli } = await scene(
      async (n, { signal }) => {
        if (n === 'retried') throw new Error('again');
        started.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
      { retry: { maxDeliveries: 5, backoff: { initialMs: 60_000, maxMs: 60_000 } } },
    );
    const free = async () => (await cli.exists(keyOf(stream, 'key'))) === 0;
    const running = await add();
    await started.promise;
    await tasks.cancel(stream, running);
    await eventually(free);
    const retried = await add({}, 'retried');
    await ended(tasks, stream, retried, 'retry-scheduled');
    expect(await tasks.cancel(stream, retried)).toBe('cancelled');
    expect(await free()).toBe(true);

    const alone = uniqueStream();
    const { producer } = await startApp({});
    const waiting = await producer.add(alone, {}, keyed('key'));
    expect(await tasks.cancel(alone, waiting)).toBe('cancelled');
    expect(await cli.exists(keyOf(alone, 'key'))).toBe(0);
  });

  it('when its task is delayed, and is cancelled before it is due, or fails after that', async () => {
    const { stream, add, tasks, cli } = await scene(() => Promise.reject(new Error('no luck')));
    const free = async () => (await cli.exists(keyOf(stream, 'key'))) === 0;
    const cancelled = await add({ delayMs: 60_000 });
    expect(await tasks.cancel(stream, cancelled)).toBe('cancelled');
    expect(await free()).toBe(true);
    const failed = await add({ delayMs: 200 });
    expect(await add()).toBe(failed);
    await ended(tasks, stream, failed, 'dead-lettered');
    expect(await free()).toBe(true);
  });

  it('when its task expires, while it runs, and while nobody comes to it', async () => {
    const { stream, add, cli } = await scene(async (_n, { signal }) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    await add({ ttlMs: 300 });
    await eventually(async () => (await cli.exists(keyOf(stream, 'key'))) === 0);

    const { producer } = await startApp({});
    for (const groups of [0, 1]) {
      const alone = uniqueStream();
      if (groups) await cli.xgroup('CREATE', alone, 'workers', '$', 'MKSTREAM');
      const waiting = await producer.add(alone, {}, { ...keyed('key'), ttlMs: 100 });
      const next = await eventually(async () => {
        const id = await producer.add(alone, {}, keyed('key'));
        return id !== waiting && id;
      });
      expect(await producer.add(alone, {}, keyed('key'))).toBe(next);
    }
  });

  it('when its task has ended well, where that is asked for', async () => {
    const { stream, add, tasks, cli } = await scene(async () => undefined);
    const until = { idempotency: { key: 'key', until: 'finished' } } as const;
    const first = await add(until);
    await eventually(async () => (await cli.exists(keyOf(stream, 'key'))) === 0);
    const second = await add();
    expect(second).not.toBe(first);
    await ended(tasks, stream, second, 'completed');
    expect(await add(until)).toBe(second);
  });

  it('by the end in the group that counts, and by no other', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const isDead: string[] = [];
    @Controller()
    class Workers {
      @StreamHandler(stream)
      work() {
        isDead.push('workers');
        throw new UnrecoverableError('never');
      }

      @StreamHandler(stream, { group: 'audit {1}' })
      async audit() {
        await eventually(() => isDead.includes('workers'));
        throw new UnrecoverableError('never');
      }
    }
    const app = await startApp({ controllers: [Workers] });
    const tasks = app.get(StreamTasks);
    const id = await app.producer.add(stream, {}, keyed('audit', { group: 'audit {1}' }));
    await ended(tasks, stream, id, 'dead-lettered');
    await eventually(async () => (await cli.exists(keyOf(stream, 'audit'))) === 0);
    expect((await tasks.get(stream, id, { group: 'audit {1}' })).state).toBe('dead-lettered');
    const other = await app.producer.add(stream, {}, keyed('other', { group: 'nobody' }));
    await ended(tasks, stream, other, 'dead-lettered');
    expect(await app.producer.add(stream, {}, keyed('other'))).toBe(other);
  });
});
