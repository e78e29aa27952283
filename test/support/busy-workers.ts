import { setTimeout as wait } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import {
  RedisStreamsHealthIndicator,
  type RedisStreamsOptions,
  StreamContext,
  StreamHandler,
} from 'nestjs-redis-streams';
import { onTestFinished } from 'vitest';
import { type RunningApp, startApp } from './app.js';
import { eventually } from './eventually.js';
import { uniqueStream } from './streams.js';

const WORKERS = 4;
const ADD_EVERY_MS = 10;

interface BusyWorker {
  readonly app: RunningApp;
  readonly runs: Set<string>;
}

export interface BusyWorkers {
  readonly stream: string;
  /** Waits until each single worker has run a task that came after this call, and an add has succeeded. */
  untilAllRunAgain(withinMs: number): Promise<void>;
  /** Waits until all that a replica has was run, and every worker says that it is up. */
  untilAllIsDone(): Promise<void>;
}

/** Four workers of one group, each an app of its own, and an app that adds to their stream whatever happens. */
export async function busyWorkers(options: RedisStreamsOptions): Promise<BusyWorkers> {
  const stream = uniqueStream();
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startBusyWorker(stream, options)));
  const { producer } = await startApp({ options });
  /** Entries that a failover keeps. */
  const replicated: string[] = [];
  let lastAddAt = -Infinity;
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const adder = async (minReplicas: number) => {
    while (!stop.signal.aborted) {
      // Whatever breaks: only what was accepted counts.
      await producer.add(stream, {}, { minReplicas }).then(
        (id) => {
          lastAddAt = performance.now();
          if (minReplicas > 0) replicated.push(id);
        },
        () => undefined,
      );
      await wait(ADD_EVERY_MS);
    }
  };
  const adders = Promise.all([adder(0), adder(0), adder(1)]);
  const busy: BusyWorkers = {
    stream,
    untilAllRunAgain: async (withinMs) => {
      const since = performance.now();
      const before = workers.map(({ runs }) => runs.size);
      await eventually(() => {
        const idle = workers.flatMap(({ runs }, n) => (runs.size > before[n]! ? [] : [n + 1]));
        if (idle.length > 0) throw new Error(`workers ${idle.join(', ')} of ${WORKERS} ran nothing`);
        if (lastAddAt < since) throw new Error('nothing was added');
        return true;
      }, withinMs);
    },
    untilAllIsDone: async () => {
      stop.abort();
      await adders;
      await eventually(() => {
        const left = replicated.filter((id) => workers.every(({ runs }) => !runs.has(id)));
        if (left.length > 0) throw new Error(`of ${replicated.length} replicated tasks ${left.length} were not run`);
        return true;
      }, 20_000);
      await eventually(async () => {
        for (const { app } of workers) {
          const { tasks } = await app.get(RedisStreamsHealthIndicator).check('tasks');
          if (tasks.status !== 'up') throw new Error(JSON.stringify(tasks));
        }
        return true;
      });
    },
  };
  await busy.untilAllRunAgain(20_000);
  return busy;
}

async function startBusyWorker(stream: string, options: RedisStreamsOptions): Promise<BusyWorker> {
  const runs = new Set<string>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 2_000 })
    async handle(@Ctx() { entryId }: StreamContext) {
      runs.add(entryId);
    }
  }
  return { app: await startApp({ controllers: [Worker], options }), runs };
}
