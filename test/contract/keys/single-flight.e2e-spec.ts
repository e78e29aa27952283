import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  ResultNotKeptError,
  StreamHandler,
  StreamTasks,
  TaskFailedError,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Prompt {
  readonly prompt: string;
}

/** A model, and two processes that ask it. */
async function scene(model: (prompt: string) => Promise<unknown>, options = {}) {
  const stream = uniqueStream();
  const prompts: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    answer(@Payload() { prompt }: Prompt) {
      prompts.push(prompt);
      return model(prompt);
    }
  }
  const apps = [await startApp({ controllers: [Worker] }), await startApp({})];
  const askers = apps.map((app) => app.get(StreamTasks));
  const ask = (n: number, prompt: string, more = {}) =>
    askers[n % 2]!.run(stream, { prompt }, { timeoutMs: 10_000, idempotency: { key: prompt, ...more } });
  return { stream, prompts, ask, producer: apps[0]!.producer };
}

describe('the same prompt twice is one inference', () => {
  it('while it runs: all get its result', async () => {
    const go = deferred();
    const { prompts, ask } = await scene(async (prompt) => {
      await go.promise;
      return { answer: prompt };
    });
    const asked = Array.from({ length: 40 }, (_, n) => ask(n, n < 30 ? 'hello' : 'bye'));
    go.resolve();
    const answers = await Promise.all(asked);
    expect(answers).toEqual(asked.map((_, n) => ({ answer: n < 30 ? 'hello' : 'bye' })));
    expect(prompts.toSorted()).toEqual(['bye', 'hello']);
  });

  it('and when it has ended, as long as the key lives', async () => {
    const { stream, prompts, ask } = await scene(async () => 42);
    const cli = redisCli();
    const answers = [await ask(0, 'a'), await ask(1, 'a'), await ask(0, 'a')];
    expect(answers).toEqual([42, 42, 42]);
    expect(prompts).toEqual(['a']);
    const [record] = await cli.keys(`{${stream}}:workers:task:*`);
    const [kept, key] = [await cli.pttl(record!), await cli.pttl(`{${stream}}:key:a`)];
    expect(key).toBeGreaterThan(86_000_000);
    expect(kept).toBeGreaterThanOrEqual(key);
  });

  it('of a handler that returns nothing, too', async () => {
    const { prompts, ask } = await scene(async () => undefined);
    expect([await ask(0, 'a'), await ask(1, 'a')]).toEqual([undefined, undefined]);
    expect(prompts).toEqual(['a']);
  });

  it('until it has ended, where that is asked for', async () => {
    const { prompts, ask } = await scene(async () => 42);
    expect([await ask(0, 'a', { until: 'finished' }), await ask(1, 'a')]).toEqual([42, 42]);
    expect(prompts).toEqual(['a', 'a']);
  });

  it('but a failure is not remembered: who waited is told, who asks next asks the model', async () => {
    let isBroken = true;
    const go = deferred();
    const { prompts, ask } = await scene(async () => {
      await go.promise;
      if (isBroken) throw new UnrecoverableError('no such model');
      return 42;
    });
    const asked = Array.from({ length: 6 }, (_, n) => ask(n, 'a').catch((error: unknown) => error));
    go.resolve();
    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(TaskFailedError);
    isBroken = false;
    expect(await ask(1, 'a')).toBe(42);
    expect(prompts).toEqual(['a', 'a']);
  });

  it('one that was added by add brings its result where its handler keeps it, and else an error that says so', async () => {
    for (const [options, answer] of [
      [{ result: { ttlMs: 60_000 } }, 42],
      [{}, undefined],
    ] as const) {
      const { stream, prompts, ask, producer } = await scene(async () => 42, options);
      const id = await producer.add(stream, { prompt: 'a' }, { idempotency: { key: 'a' } });
      const answers = await Promise.all(
        [ask(0, 'a'), ask(1, 'a')].map((asked) => asked.catch((error: unknown) => error)),
      );
      if (answer) expect(answers).toEqual([42, 42]);
      else expect(answers.every((error) => error instanceof ResultNotKeptError && error.taskId === id)).toBe(true);
      expect(prompts).toEqual(['a']);
    }
  });
});
