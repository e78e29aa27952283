import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, type StreamHandlerOptions, StreamTasks } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { type ProbedApp, probedApp } from '../../support/probed-app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const STUCK_MS = 1_000;

/** A worker whose handlers end when the test says so, and not before. */
async function deafWorker(options: StreamHandlerOptions) {
  const stream = uniqueStream();
  const held = deferred();
  const signals: AbortSignal[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { abortGraceMs: 50, retry: { maxDeliveries: 1 }, ...options })
    async handle(@Ctx() { signal }: StreamContext) {
      signals.push(signal);
      await held.promise;
    }
  }
  const app = await probedApp({
    controllers: [Worker],
    options: { shutdownTimeoutMs: 100 },
    live: { stuckMs: STUCK_MS },
  });
  const run = async () => {
    const running = signals.length;
    const id = await app.producer.add(stream, {});
    await eventually(() => signals.length > running);
    return id;
  };
  return { app, stream, run, signals, end: () => held.resolve() };
}

/** What liveness answers from now until handlers could have been stuck for long enough. */
async function liveCodes(app: ProbedApp): Promise<number[]> {
  const since = performance.now();
  const codes = new Set<number>();
  await eventually(async () => {
    codes.add((await app.live()).code);
    return performance.now() - since > STUCK_MS + 300;
  });
  return [...codes];
}

describe('a process is to be restarted', () => {
  it('once the handlers in all slots of a loop have gone on for so long after their time, and only while they do', async () => {
    const { app, run, end } = await deafWorker({ concurrency: 2, timeoutMs: 100 });
    await run();
    // A slot is free.
    expect(await liveCodes(app)).toEqual([200]);

    await run();
    // It takes no work at once, and is given time to end by itself.
    await eventually(async () => (await app.ready()).code === 503);
    expect(await app.live()).toMatchObject({ code: 200 });
    const { health } = await eventually(async () => {
      const live = await app.live();
      return live.code === 503 && live;
    });
    expect(health.reasons).toEqual([
      expect.stringMatching(/ \(workers\): all 2 slots are held by handlers that go on/),
    ]);

    end();
    await eventually(async () => (await app.live()).code === 200 && (await app.ready()).code === 200);
  });

  it('where a cancel is ignored as a timeout is', async () => {
    const { app, stream, run, signals } = await deafWorker({ concurrency: 1 });
    const id = await run();
    await app.get(StreamTasks).cancel(stream, id);
    await eventually(() => signals[0]!.aborted);
    await eventually(async () => (await app.live()).code === 503);
  });
});

describe('a process is left alone', () => {
  it('during a task of any length that nobody has told to end', async () => {
    const { app, run } = await deafWorker({ concurrency: 1 });
    await run();
    expect(await liveCodes(app)).toEqual([200]);
    expect(await app.ready()).toMatchObject({ code: 200 });
  });

  it('where its handlers have lost their tasks to others, as after an outage, until their own time is over, too', async () => {
    const { app, stream, run, signals } = await deafWorker({ concurrency: 1, leaseMs: 1_000, timeoutMs: 3_000 });
    const id = await run();
    await redisCli().xclaim(stream, 'workers', 'another', 0, id, 'JUSTID');
    await eventually(() => signals[0]!.aborted);
    expect(signals[0]!.reason).toMatchObject({ name: 'LeaseLostError' });
    await eventually(async () => (await app.ready()).code === 503);
    expect(await liveCodes(app)).toEqual([200]);
    await eventually(async () => (await app.live()).code === 503);
  });
});
