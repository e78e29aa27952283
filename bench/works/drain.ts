import type { ConsumerResult } from '../children/orders.js';
import type { Figure, Measurement } from '../measurement.js';
import { resetUsage, usage, type RedisUsage } from '../redis-usage.js';
import { fill } from './fill.js';
import { assertFinished, withWarmConsumer } from './warm-consumer.js';

const QUEUES = ['bench-drain'];

/** Handling a backlog with a handler that does nothing. At concurrency 100 it also tells what that costs. */
export function drain(tasks: number, concurrency: number): Measurement {
  return drainBy(`drain at ${concurrency}`, ['bare', 'ours', 'bullmq'], { tasks, concurrency }, concurrency === 100);
}

/** The same through a guard, a validation pipe and an interceptor. */
export function drainEnhanced(tasks: number): Measurement {
  const work = 'drain at 100 through guard, pipe and interceptor';
  return drainBy(work, ['ours'], { tasks, concurrency: 100, isEnhanced: true }, false);
}

/** The same with a handler that returns something, which is kept. */
export function drainWithResults(tasks: number): Measurement {
  const work = 'drain at 100, results kept';
  return drainBy(work, ['ours', 'bullmq'], { tasks, concurrency: 100, keepsResults: true }, false);
}

/**
 * What metrics cost a process that drains: its CPU time with them and without, in turn and in pairs, whose medians are told. Wall time would
 * tell what else the machine does.
 */
export function drainWithMetrics(tasks: number, pairs: number): Measurement {
  const work = 'drain at 100, metrics counted';
  return {
    name: work,
    systems: ['ours'],
    run: async (system, bench) => {
      const cpuOf = async (hasMetrics: boolean) => {
        await bench.redis.flushall();
        const order = { tasks, concurrency: 100, hasMetrics, system, queues: QUEUES };
        return withWarmConsumer(bench, order, async (consumer) => {
          await fill({ ...order, url: bench.url }, tasks);
          return (await consumer.measure()).cpuMs;
        });
      };
      const ratios: number[] = [];
      const cpuMs: number[] = [];
      for (let pair = 0; pair < pairs; pair++) {
        const isFirst = pair % 2 === 0;
        const one = await cpuOf(isFirst);
        const other = await cpuOf(!isFirst);
        const [on, off] = isFirst ? [one, other] : [other, one];
        ratios.push(on / off);
        cpuMs.push(on);
      }
      return [
        { work: `${work}: worker CPU per million tasks`, value: (median(cpuMs) / tasks) * 1_000, unit: 's' },
        { work: `${work}: of the CPU without`, value: median(ratios) * 100, unit: '%' },
      ];
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

interface DrainOrder {
  readonly tasks: number;
  readonly concurrency: number;
  readonly isEnhanced?: boolean;
  readonly keepsResults?: boolean;
}

function drainBy(work: string, systems: Measurement['systems'], order: DrainOrder, tellsCosts: boolean): Measurement {
  const { tasks } = order;
  return {
    name: work,
    systems,
    run: (system, bench) =>
      withWarmConsumer(bench, { ...order, system, queues: QUEUES }, async (consumer) => {
        await fill({ ...order, system, url: bench.url, queues: QUEUES }, tasks);
        await resetUsage(bench.redis);
        const result = await consumer.measure();
        const used = await usage(bench.redis);
        await assertFinished(system, bench, QUEUES);
        const rate = { work, value: (tasks * 1_000) / result.elapsedMs, unit: 'tasks/s' };
        return tellsCosts ? [rate, ...costs(tasks, result, used)] : [rate];
      }),
  };
}

function costs(tasks: number, { cpuMs, rssBytes }: ConsumerResult, { commands, networkBytes }: RedisUsage): Figure[] {
  return [
    { work: 'Redis commands per 100 tasks', value: (commands / tasks) * 100, unit: 'commands' },
    { work: 'network per task', value: networkBytes / tasks, unit: 'bytes' },
    { work: 'worker CPU per million tasks', value: (cpuMs / tasks) * 1_000, unit: 's' },
    { work: 'worker RSS', value: rssBytes / 1_048_576, unit: 'MB' },
  ];
}
