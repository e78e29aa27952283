import { ConsumerChild, runPacedProducer } from '../children/child.js';
import type { Measurement } from '../measurement.js';

const QUEUE = 'bench-latency';
const CONCURRENCY = 100;
/** Until then V8 compiles on the cores that Redis and the others need. */
const WARM_UP = 20_000;
const WARM_UP_PER_SECOND = 5_000;

/** From the call of add to the start of the handler, in another process, at a steady rate. */
export function latency(perSecond: number, seconds: number, warmUp?: number): Measurement {
  const systems = ['bare', 'ours', 'bullmq', 'nest-redis'] as const;
  return timed(`latency at ${perSecond}/s`, systems, { perSecond, seconds, warmUp });
}

interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  /** Tasks that come first, without a delay. */
  readonly warmUp?: number | undefined;
  readonly delayMs?: number;
}

/** How long it takes from the time that each task has with it to the start of its handler. */
export function timed(
  work: string,
  systems: Measurement['systems'],
  { perSecond, seconds, warmUp = WARM_UP, delayMs }: Pace,
): Measurement {
  return {
    name: work,
    systems,
    run: async (system, { url }) => {
      const tasks = perSecond * seconds;
      const consumer = await ConsumerChild.start({
        system,
        url,
        queues: [QUEUE],
        concurrency: CONCURRENCY,
        warmUp: 0,
        tasks: tasks + warmUp,
        isTimed: true,
      });
      try {
        const measured = consumer.measure();
        await runPacedProducer({
          system,
          url,
          queue: QUEUE,
          tasks,
          perSecond,
          warmUp,
          warmUpPerSecond: WARM_UP_PER_SECOND,
          ...(delayMs !== undefined && { delayMs }),
        });
        const { latenciesMs } = await measured;
        const sorted = latenciesMs.slice(warmUp).toSorted((a, b) => a - b);
        const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
        return [
          { work: `${work}, p50`, value: at(0.5), unit: 'ms' },
          { work: `${work}, p99`, value: at(0.99), unit: 'ms' },
          { work: `${work}, max`, value: at(1), unit: 'ms' },
        ];
      } finally {
        await consumer.stop();
      }
    },
  };
}
