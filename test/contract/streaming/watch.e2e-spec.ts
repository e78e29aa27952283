import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks, type TaskEvent } from 'nestjs-redis-streams';
import { firstValueFrom, lastValueFrom, type Observable, take, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const all = <T>(events: Observable<T>) => lastValueFrom(events.pipe(toArray()));
/** Type, and what matters of each event; states by their name. */
const told = (events: readonly TaskEvent[]) =>
  events.map((event) => {
    if (event.type === 'state' || event.type === 'end') return `${event.type} ${event.task.state}`;
    return 'value' in event ? `${event.type} ${String(event.value)}` : event.type;
  });
const ofOutput = (events: readonly TaskEvent[]) => told(events).filter((text) => !text.startsWith('state'));

async function app(
  stream: string,
  produce: (context: StreamContext, n: number) => AsyncGenerator<unknown, unknown>,
  connection?: string,
) {
  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 0 } } })
    async *handle(@Payload() { n }: { n: number }, @Ctx() context: StreamContext): AsyncGenerator<unknown, unknown> {
      return yield* produce(context, n);
    }
  }
  const running = await startApp({ controllers: [Worker], ...(connection && { options: { connection } }) });
  return { tasks: running.get(StreamTasks), add: (n = 0) => running.producer.add(stream, { n }) };
}

async function* tokens(count: number) {
  for (let n = 0; n < count; n++) {
    yield n;
    if (n % 20 === 0) await new Promise(setImmediate);
  }
}

it('1,000 tokens come once each and in order to who watches, and to who reconnects at every 50th', async () => {
  const stream = uniqueStream('watch');
  const { tasks, add } = await app(stream, () => tokens(1_000));
  const id = await add();
  const reconnecting = async () => {
    const events: TaskEvent[] = [];
    let from: string | undefined;
    while (events.at(-1)?.type !== 'end') {
      events.push(...(await all(tasks.watch(stream, id, { from }).pipe(take(50)))));
      from = events.at(-1)!.cursor;
    }
    return events;
  };
  const expected = [...Array.from({ length: 1_000 }, (_, n) => `chunk ${n}`), 'end completed'];
  const watches = await Promise.all([all(tasks.watch(stream, id)), reconnecting()]);
  for (const events of watches) expect(ofOutput(events)).toEqual(expected);
  expect(ofOutput(await all(tasks.watch(stream, id)))).toEqual(expected);
});

it('from every cursor it goes on after its event, and after the end there is nothing', async () => {
  const stream = uniqueStream('watch');
  const { tasks, add } = await app(stream, async function* ({ deliveryCount }) {
    yield `${deliveryCount} a`;
    if (deliveryCount === 1) throw new Error('again');
    yield `${deliveryCount} b`;
  });
  const id = await add();
  await all(tasks.watch(stream, id));
  const events = await all(tasks.watch(stream, id));
  expect(told(events)).toEqual([
    ...['state completed', 'chunk 1 a', 'restart', 'chunk 2 a', 'chunk 2 b', 'end completed'],
  ]);
  for (const [n, { cursor }] of events.entries()) {
    expect(await all(tasks.watch(stream, id, { from: cursor }))).toEqual(events.slice(n + 1));
  }
});

it('states are told as they change', async () => {
  const stream = uniqueStream('watch');
  const go = deferred();
  const { tasks, add } = await app(stream, async function* ({ deliveryCount }) {
    if (deliveryCount === 1) await go.promise;
    yield 'a';
    if (deliveryCount === 1) throw new Error('again');
  });
  const id = await add();
  const watched: TaskEvent[] = [];
  const end = new Promise<void>((resolve) => {
    tasks.watch(stream, id).subscribe({ next: (event) => watched.push(event), complete: resolve });
  });
  await eventually(() => told(watched).includes('state running'));
  go.resolve();
  await end;
  const texts = told(watched);
  expect(texts.filter((text) => !/^state (waiting|retry-scheduled)$/.test(text)).slice(0, 2)).toEqual([
    'state running',
    'chunk a',
  ]);
  expect(texts.at(-1)).toBe('end completed');
});

it('a task without output tells its states, its progress and its end', async () => {
  const stream = uniqueStream('watch');
  const go = deferred();
  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Ctx() context: StreamContext) {
      context.progress('half');
      await go.promise;
    }
  }
  const running = await startApp({ controllers: [Worker] });
  const tasks = running.get(StreamTasks);
  const id = await running.producer.add(stream, { n: 1 });
  const events: TaskEvent[] = [];
  const end = new Promise<void>((resolve) => {
    tasks.watch(stream, id).subscribe({ next: (event) => events.push(event), complete: resolve });
  });
  await eventually(() => told(events).includes('progress half'));
  go.resolve();
  await end;
  expect(told(events).slice(-2)).toEqual(['progress half', 'end completed']);
  const { cursor } = events.at(-2)!;
  expect(told(await all(tasks.watch(stream, id, { from: cursor })))).toEqual(['end completed']);
});

it('of a task that is not there it tells just that', async () => {
  const stream = uniqueStream('watch');
  const { tasks, add } = await app(stream, () => tokens(1));
  await add();
  expect(told(await all(tasks.watch(stream, '1-1')))).toEqual(['state unknown', 'end unknown']);
});

it('what is no cursor, or another task’s, is refused; one that lies beyond the output has it told anew', async () => {
  const stream = uniqueStream('watch');
  const { tasks, add } = await app(stream, () => tokens(3));
  const id = await add();
  const events = await all(tasks.watch(stream, id));
  const { cursor } = events[1]!;
  for (const from of ['7', 'x', `${cursor} `, 7 as never, {} as never]) {
    expect(() => tasks.watch(stream, id, { from })).toThrow(/from is the cursor of an event of this task/);
  }
  expect(() => tasks.watch(stream, '1-1', { from: cursor })).toThrow(/is a cursor of the task/);
  const beyond = cursor.replace(/\.(\d+)-(\d+)\./, (_, run: string) => `.${Number(run) + 5}-7.`);
  expect(told(await all(tasks.watch(stream, id, { from: beyond })))).toEqual([
    ...['restart', 'chunk 0', 'chunk 1', 'chunk 2', 'end completed'],
  ]);
});

it('200 who watch one task share their looks; who stops watching cancels nothing', async () => {
  const stream = uniqueStream('watch');
  const go = deferred();
  // Its commands are counted: nobody else may ask anything there.
  const { url } = await ownRedis('--appendonly', 'no');
  const produce = async function* () {
    await go.promise;
    yield* tokens(100);
  };
  const { tasks, add } = await app(stream, produce, url);
  const cli = redisCli(url);
  const looks = async () => {
    const stats = await cli.info('commandstats');
    return Number(/cmdstat_xrange:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  const id = await add();
  const watches = Array.from({ length: 200 }, () => all(tasks.watch(stream, id)));
  const short = await firstValueFrom(tasks.watch(stream, id));
  expect(short.type).toBe('state');
  const before = await looks();
  go.resolve();
  for (const events of await Promise.all(watches)) {
    expect(ofOutput(events)).toEqual([...Array.from({ length: 100 }, (_, n) => `chunk ${n}`), 'end completed']);
  }
  expect((await looks()) - before).toBeLessThan(200);
  // It is gone, or goes by itself.
  expect(await cli.pttl(`{${stream}}:workers:ears:${id}`)).toBeLessThanOrEqual(5_000);
  expect(await cli.pttl(`{${stream}}:workers:ears:${id}`)).not.toBe(-1);
});
