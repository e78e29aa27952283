import { ConsumerChild } from '../children/child.js';
import type { Bench, Measurement } from '../measurement.js';
import { connectedClients, resetUsage, usage } from '../redis-usage.js';
import { fill } from './fill.js';
import { assertFinished, type WarmOrder, withWarmConsumer } from './warm-consumer.js';

const QUEUE = 'bench-growth';
const QUEUES = [QUEUE];

/** Two sweeps. */
const IDLE_MS = 20_000;
/** What a start costs is not what idling costs: a worker looks a second time after its first read, and V8 tidies up once nothing happens. */
const SETTLING_MS = 20_000;

/** The drain rate behind a backlog of any length; a short one is filled and drained again and again. */
export function backlogOf(backlog: number, tasks: number): Measurement {
  const work = `drain from a backlog of ${backlog}`;
  const cycles = Math.ceil(tasks / backlog);
  const perCycle = Math.min(tasks, backlog);
  return {
    name: work,
    systems: ['ours'],
    run: (system, bench) =>
      withWarmConsumer(bench, { system, queues: QUEUES, tasks: perCycle }, async (consumer) => {
        let elapsedMs = 0;
        for (let cycle = 0; cycle < cycles; cycle++) {
          await fill({ system, url: bench.url, queues: QUEUES }, backlog);
          elapsedMs += (await consumer.measure()).elapsedMs;
        }
        return [{ work, value: (cycles * perCycle * 1_000) / elapsedMs, unit: 'tasks/s' }];
      }),
  };
}

/** The drain rate beside retries that wait for their time. */
export function besideRetries(scheduled: number, tasks: number): Measurement {
  return beside(`drain beside ${scheduled} scheduled retries`, { tasks, retryFirst: scheduled });
}

/** The drain rate beside entries that another consumer of the group holds. */
export function besidePending(pending: number, tasks: number): Measurement {
  return beside(`drain beside ${pending} pending entries`, { tasks }, async ({ url, redis }) => {
    await fill({ system: 'ours', url, queues: QUEUES }, pending);
    await redis.xreadgroup('GROUP', 'workers', 'another', 'COUNT', pending, 'STREAMS', QUEUE, '>');
  });
}

function beside(
  work: string,
  order: Omit<WarmOrder, 'system' | 'queues'>,
  prepare?: (bench: Bench) => Promise<void>,
): Measurement {
  return {
    name: work,
    systems: ['ours'],
    run: (system, bench) =>
      withWarmConsumer(bench, { ...order, system, queues: QUEUES }, async (consumer) => {
        await prepare?.(bench);
        await fill({ system, url: bench.url, queues: QUEUES }, order.tasks);
        const { elapsedMs } = await consumer.measure();
        return [{ work, value: (order.tasks * 1_000) / elapsedMs, unit: 'tasks/s' }];
      }),
  };
}

/** The drain rate of so many handlers, each with its own stream, in one app. */
export function handlers(count: number, tasks: number): Measurement {
  const work = `drain with ${count} handlers`;
  const queues = Array.from({ length: count }, (_, n) => `bench-handlers-${n}`);
  return {
    name: work,
    systems: ['ours'],
    run: (system, bench) =>
      withWarmConsumer(bench, { system, tasks, queues }, async (consumer) => {
        await fill({ system, url: bench.url, queues }, tasks);
        const connections = await connectedClients(bench.redis);
        const { elapsedMs } = await consumer.measure();
        await assertFinished(system, bench, queues);
        return [
          { work, value: (tasks * 1_000) / elapsedMs, unit: 'tasks/s' },
          { work: `connections with ${count} handlers`, value: connections, unit: 'connections' },
        ];
      }),
  };
}

/** What so many handlers cost while there is nothing to do. */
export function idleHandlers(count: number): Measurement {
  const queues = Array.from({ length: count }, (_, n) => `bench-idle-${n}`);
  return {
    name: `${count} idle handlers`,
    systems: ['ours'],
    run: async (system, { url, redis }) => {
      const consumer = await ConsumerChild.start({ system, url, queues, concurrency: 10, warmUp: 0, tasks: 1 });
      try {
        await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
        await resetUsage(redis);
        const { cpuMs, rssBytes } = await consumer.measure(IDLE_MS);
        const { commands } = await usage(redis);
        return [
          { work: `CPU of ${count} idle handlers`, value: (cpuMs / IDLE_MS) * 100, unit: '% of a core' },
          { work: `Redis commands of ${count} idle handlers`, value: (commands / IDLE_MS) * 1_000, unit: 'commands/s' },
          { work: `connections of ${count} idle handlers`, value: await connectedClients(redis), unit: 'connections' },
          { work: `RSS with ${count} idle handlers`, value: rssBytes / 1_048_576, unit: 'MB' },
        ];
      } finally {
        await consumer.stop();
      }
    },
  };
}
