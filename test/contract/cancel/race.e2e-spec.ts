import { Controller } from '@nestjs/common';
import {
  OnStreamEvent,
  StreamHandler,
  StreamTasks,
  type CancelOutcome,
  type DeliveryEvent,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const TASKS = 10_000;

it('of a cancel and an end that race exactly one happens, ten thousand times', { timeout: 60_000 }, async () => {
  const stream = uniqueStream('race');
  const completed: string[] = [];
  const cancelled: string[] = [];

  @Controller()
  class Worker {
    /** Some end at once, some fail: they would be tried again. */
    @StreamHandler(stream, { concurrency: 200, retry: { backoff: { initialMs: 1, maxMs: 5 } } })
    async handle({ n }: { n: number }) {
      await new Promise((resolve) => setTimeout(resolve, n % 4));
      if (n % 3 === 0) throw new Error('no luck');
    }

    @OnStreamEvent('completed')
    completed({ entryId }: DeliveryEvent) {
      completed.push(entryId);
    }

    @OnStreamEvent('cancelled')
    cancelled({ entryId }: DeliveryEvent) {
      cancelled.push(entryId);
    }
  }
  const logs = { fatal() {}, error() {}, warn() {}, log() {} };
  const app = await startApp({ controllers: [Worker], prepare: (module) => module.useLogger(logs) });
  const tasks = app.get(StreamTasks);
  const outcomes = new Map<string, CancelOutcome>();
  const lane = async (from: number) => {
    for (let n = from; n < TASKS; n += 50) {
      const id = await app.producer.add(stream, { n });
      if (n % 2 === 0) await new Promise((resolve) => setTimeout(resolve, n % 5));
      outcomes.set(id, await tasks.cancel(stream, id));
    }
  };
  await Promise.all(Array.from({ length: 50 }, (_, n) => lane(n)));

  const redis = redisCli();
  await eventually(async () => ((await redis.xpending(stream, 'workers')) as [number])[0] === 0);
  // Of those that ended before they ran, or while they waited for their retry, no worker knows.
  const isTold = () => new Set([...completed, ...cancelled]);
  await eventually(() => {
    const told = isTold();
    return [...outcomes].every(([id, outcome]) => told.has(id) || outcome === 'cancelled');
  });

  const ends = { completed: 0, cancelled: 0 };
  const states = await Promise.all([...outcomes.keys()].map(async (id) => (await tasks.get(stream, id)).state));
  for (const [n, outcome] of [...outcomes.values()].entries()) {
    const state = states[n]!;
    expect(['completed', 'cancelled']).toContain(state);
    ends[state as keyof typeof ends]++;
    if (outcome === 'cancelled') expect(state).toBe('cancelled');
    if (outcome === 'finished') expect(state).toBe('completed');
  }
  expect(outcomes.size).toBe(TASKS);
  expect(completed.length).toBe(new Set(completed).size);
  expect(completed.length).toBe(ends.completed);
  expect(isTold().size).toBe(completed.length + cancelled.length);
  expect(Math.min(ends.completed, ends.cancelled)).toBeGreaterThan(0);
  console.log(`Of ${TASKS} races ${ends.cancelled} ended as cancelled, ${ends.completed} were done.`);
  // Those that were done before their worker heard of it are looked for from time to time.
  expect(await redis.hlen(`{${stream}}:workers:cancels`)).toBeLessThanOrEqual(101);
});
