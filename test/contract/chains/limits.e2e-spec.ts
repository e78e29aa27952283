import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  EncodeError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Runs one task with a handler, and tells what that threw. */
async function thrownBy(handle: (context: StreamContext, target: string) => unknown, options = {}) {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const thrown: unknown[] = [];
  @Controller()
  class Stages {
    @StreamHandler(source)
    run(@Ctx() context: StreamContext) {
      try {
        handle(context, target);
        thrown.push(undefined);
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    }
  }
  const app = await startApp({ controllers: [Stages], options });
  await app.producer.add(source, { n: 1 });
  await eventually(() => thrown.length === 1);
  return { app, source, target, error: thrown[0] as Error };
}

it('what cannot be forwarded is an error at the call, and no run is wasted on another attempt', async () => {
  const cases = [
    { handle: (context: StreamContext, to: string) => context.forward(to, { n: 1n }), cause: EncodeError },
    {
      handle: (context: StreamContext, to: string) => context.forward(to, 'x'.repeat(2_000)),
      cause: PayloadTooLargeError,
    },
    {
      handle: (context: StreamContext, to: string) => {
        for (let n = 0; n <= 100; n++) context.forward(to, { n });
      },
      cause: undefined,
    },
  ];
  await Promise.all(
    cases.map(async ({ handle, cause }) => {
      const { error, source, target } = await thrownBy(handle, { maxPayloadBytes: 1_000 });
      expect(error).toBeInstanceOf(UnrecoverableError);
      if (cause) expect(error.cause).toBeInstanceOf(cause);
      const [letter] = await deadLetters(redisCli(), source);
      expect(letter!.fields).toMatchObject({ '~dead-reason': 'unrecoverable', '~dead-deliveries': '1' });
      expect(await redisCli().exists(target)).toBe(0);
    }),
  );
});

it('a stream’s name and the options are checked as those of add', async () => {
  const twoTags: string = '{a}{b}';
  const wrong = [
    (context: StreamContext) => context.forward(twoTags, {}),
    (context: StreamContext, to: string) => context.forward(to, {}, { ttlMs: 0 }),
    (context: StreamContext, to: string) => context.forward(to, {}, { maxLen: 1 } as object),
  ];
  for (const handle of wrong) expect((await thrownBy(handle)).error).toBeInstanceOf(RedisStreamsConfigError);
  for (const delay of [{ delayMs: 5 }, { runAt: new Date() }]) {
    const { error } = await thrownBy((context, to) => context.forward(to, {}, delay as object));
    expect(error).toBeInstanceOf(RedisStreamsConfigError);
    expect(error.message).toMatch(/Instead, forward it now, .*RetryLaterError/);
  }
});

it('a hundred forwards pass, and a payload of more fields than one command takes', async () => {
  const wide = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`key-${n}`, `${n}`]));
  const { app, target } = await thrownBy((context, to) => {
    for (let n = 0; n < 99; n++) context.forward(to, { n });
    context.forward(to, wide);
  });
  const monitor = app.get(StreamMonitor);
  await eventually(async () => (await redisCli().xlen(target)) === 100);
  const payloads = [];
  for await (const entry of monitor.history(target)) payloads.push(entry.payload);
  expect(payloads.slice(0, 2)).toEqual([{ n: 0 }, { n: 1 }]);
  expect(payloads[99]).toEqual(wide);
});

it('a chain that is a loop ends as a dead letter that names it', async () => {
  const stream = uniqueStream('loop');
  let runs = 0;
  @Controller()
  class Loop {
    @StreamHandler(stream)
    run(@Payload() payload: unknown, @Ctx() context: StreamContext) {
      runs++;
      context.forward(stream, payload);
    }
  }
  const app = await startApp({ controllers: [Loop] });
  const id = await app.producer.add(stream, { n: 1 });
  const [letter] = await deadLetters(redisCli(), stream);
  expect(letter!.fields['~dead-error']).toContain(`'${stream}' forwards to '${stream}' as task 101 after ${id}`);
  expect(runs).toBe(101);
});

it('after its handler has ended a run forwards nothing', async () => {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  let late: StreamContext | undefined;
  @Controller()
  class Stages {
    @StreamHandler(source)
    run(@Ctx() context: StreamContext) {
      late = context;
    }
  }
  const app = await startApp({ controllers: [Stages] });
  const id = await app.producer.add(source, {});
  const cli = redisCli();
  await eventually(async () => late && ((await cli.xpending(source, 'workers')) as [number])[0] === 0);
  expect(() => late!.forward(target, {})).toThrow(/the handler has ended/);
  expect(late!.taskId).toBe(id);
  expect(await cli.exists(target)).toBe(0);
});
