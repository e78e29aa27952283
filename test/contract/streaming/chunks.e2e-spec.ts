import { setTimeout as wait } from 'node:timers/promises';
import {
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, type StreamHandlerOptions, UnrecoverableError } from 'nestjs-redis-streams';
import { map, Observable, of } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

type Produce = (context: StreamContext, payload: unknown) => unknown;

let cli: ReturnType<typeof redisCli>;
beforeEach(() => void (cli = redisCli()));

/** An app whose handler does that, one task of it that has ended, and what was written. */
async function streamed(
  produce: (context: StreamContext) => AsyncGenerator<unknown, unknown>,
  options?: StreamHandlerOptions,
) {
  const stream = uniqueStream('streaming');
  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    async *handle(@Ctx() context: StreamContext): AsyncGenerator<unknown, unknown> {
      return yield* produce(context);
    }
  }
  return ended(stream, Worker);
}

async function returned(produce: Produce, options?: StreamHandlerOptions) {
  const stream = uniqueStream('streaming');
  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    async handle(@Payload() payload: unknown, @Ctx() context: StreamContext) {
      return produce(context, payload);
    }
  }
  return ended(stream, Worker);
}

async function ended(stream: string, worker: new () => object) {
  const completed: unknown[] = [];
  const app = await startApp({
    controllers: [worker],
    options: { hooks: { completed: (event) => completed.push(event) } },
  });
  const id = await app.producer.add(stream, { n: '1' });
  await eventually(async () => completed.length > 0 || ((await cli.xlen(`{${stream}}:dead`)) > 0 && true));
  return { stream, id, logs: app.logs, ...(await writtenTo(stream, id)) };
}

async function writtenTo(stream: string, id: string) {
  const key = `{${stream}}:workers:out:${id}`;
  const entries = await cli.xrange(key, '-', '+');
  const ofKind = (kind: string) => entries.filter(([, [name]]) => name === kind).map(([, [, value]]) => value!);
  return { entries, ofKind, chunks: ofKind('c').map((value) => JSON.parse(value) as unknown) };
}

async function* repeated(times: number, chunk: string) {
  for (let n = 0; n < times; n++) yield chunk;
}

it('an async generator that yields nothing ends all the same', async () => {
  const { entries } = await streamed(async function* () {
    yield* [];
    return 'done';
  });
  expect(entries.map(([, [kind]]) => kind)).toEqual(['b', 'e']);
});

it('what an async generator yields is its output, in order, and nothing is left of it in memory', async () => {
  const { chunks, entries } = await streamed(async function* () {
    for (let n = 0; n < 1_000; n++) yield n;
    return 'done';
  });
  expect(chunks).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  const [run] = entries[0]![0].split('-');
  expect(entries.slice(0, 1_001).map(([id]) => id)).toEqual(Array.from({ length: 1_001 }, (_, n) => `${run}-${n}`));
});

it('each run begins its output anew', async () => {
  const { entries } = await streamed(
    async function* ({ deliveryCount }) {
      yield `run ${deliveryCount}`;
      if (deliveryCount === 1) throw new Error('the model went away');
    },
    { retry: { backoff: { initialMs: 0 } } },
  );
  expect(entries.map(([, [kind, value]]) => (kind === 'c' ? value : kind)).slice(0, 4)).toEqual([
    'b',
    '"run 1"',
    'b',
    '"run 2"',
  ]);
});

it.each([
  ['returns an Observable', () => of('a', 'b')],
  [
    'returns an async iterable',
    () =>
      (async function* () {
        yield 'a';
        yield 'b';
      })(),
  ],
])('a handler that %s streams where it has output, and not without', async (_what, produce) => {
  expect((await returned(produce, { output: {} })).chunks).toEqual(['a', 'b']);
  expect((await returned(produce)).entries).toEqual([]);
});

it('an async iterable is gone through, also where nothing is kept of it', async () => {
  let yielded = 0;
  await returned(() =>
    (async function* () {
      while (yielded < 3) yield yielded++;
    })(),
  );
  expect(yielded).toBe(3);
  const { entries } = await streamed(
    async function* () {
      yield yielded++;
    },
    { output: false },
  );
  expect(yielded).toBe(4);
  expect(entries).toEqual([]);
});

it('interceptors see each chunk', async () => {
  const stream = uniqueStream('streaming');
  class Shout implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return next.handle().pipe(map((chunk: string) => chunk.toUpperCase()));
    }
  }
  @Controller()
  @UseInterceptors(new Shout())
  class Worker {
    @StreamHandler(stream)
    async *handle() {
      yield 'a';
      yield 'b';
    }
  }
  expect((await ended(stream, Worker)).chunks).toEqual(['A', 'B']);
});

it('an exception filter sees an error in the midst of an iteration', async () => {
  const stream = uniqueStream('streaming');
  class GiveUp implements ExceptionFilter {
    catch(error: Error): never {
      throw new UnrecoverableError(`filtered: ${error.message}`);
    }
  }
  Catch()(GiveUp);
  @Controller()
  @UseFilters(new GiveUp())
  class Worker {
    @StreamHandler(stream)
    async *handle() {
      yield 'a';
      throw new Error('the model went away');
    }
  }
  expect((await ended(stream, Worker)).chunks).toEqual(['a']);
  const [letter] = await deadLetters(cli, stream);
  expect(letter!.fields['~dead-error']).toMatch(/filtered: the model went away/);
});

it('beyond its caps the rest is dropped after one gap, and the task is done all the same', async () => {
  const { chunks, ofKind, stream } = await streamed(() => repeated(10, 'x'), { output: { maxChunks: 4 } });
  expect(chunks).toEqual(['x', 'x', 'x', 'x']);
  expect(ofKind('g')).toEqual(['']);
  expect(await pendingCount(cli, stream)).toBe(0);
  expect((await streamed(() => repeated(10, 'x'.repeat(500)), { output: { maxBytes: 1_100 } })).chunks.length).toBe(2);
});

it.each([
  ['is not JSON', 10n, /a chunk of output is a bigint/],
  ['is longer than 64 KB', 'x'.repeat(70_000), /A chunk has 70002 bytes/],
])('a chunk that %s ends the task for good, and the handler is told to clean up', async (_what, chunk, message) => {
  let hasCleanedUp = false;
  const { stream, chunks } = await streamed(async function* () {
    try {
      yield 'a';
      yield chunk;
      yield 'b';
    } finally {
      hasCleanedUp = true;
    }
  });
  const [letter] = await deadLetters(cli, stream);
  expect(letter!.fields['~dead-reason']).toBe('unrecoverable');
  expect(letter!.fields['~dead-error']).toMatch(message);
  expect(chunks).toEqual(['a']);
  expect(hasCleanedUp).toBe(true);
});

it('chunks that are undefined are left out, with one warning', async () => {
  const { chunks, logs } = await streamed(async function* () {
    yield undefined;
    yield 'a';
    yield undefined;
  });
  expect(chunks).toEqual(['a']);
  expect(logs.matching('warn', /undefined: such are left out/).length).toBe(1);
});

it('a generator that goes on beyond its timeout is stopped, and has failed', async () => {
  let hasCleanedUp = false;
  const { stream } = await streamed(
    async function* () {
      try {
        for (;;) {
          yield 'tick';
          await wait(5);
        }
      } finally {
        hasCleanedUp = true;
      }
    },
    { timeoutMs: 100, retry: { maxDeliveries: 1 } },
  );
  const [letter] = await deadLetters(cli, stream);
  expect(letter!.fields['~dead-error']).toMatch(/HandlerTimeoutError/);
  expect(hasCleanedUp).toBe(true);
});
