import { ConsumerChild } from '../children/child.js';
import type { Measurement } from '../measurement.js';
import { loadSystem } from '../systems/system.js';
import { clockNs, TASK } from '../task.js';

const QUEUE = 'bench-latency';
const CONCURRENCY = 100;

/** From the call of add to the start of the handler, in another process, at a steady rate. */
export function latency(perSecond: number, seconds: number): Measurement {
  return {
    name: `latency at ${perSecond}/s`,
    systems: ['bare', 'ours', 'bullmq', 'nest-redis'],
    run: async (system, { url }) => {
      const tasks = perSecond * seconds;
      const warmUp = 1_000;
      const consumer = await ConsumerChild.start({
        system,
        url,
        queues: [QUEUE],
        concurrency: CONCURRENCY,
        warmUp: 0,
        tasks: tasks + warmUp,
      });
      const producer = await (await loadSystem(system)).producer(url, QUEUE);
      const add = () => producer.add({ ...TASK, requested_at: String(clockNs()) });
      try {
        const measured = consumer.measure();
        await atRate(Math.max(500, perSecond), warmUp, add);
        await atRate(perSecond, tasks, add);
        const { latenciesMs } = await measured;
        const sorted = latenciesMs.slice(warmUp).toSorted((a, b) => a - b);
        const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
        const work = `latency at ${perSecond}/s`;
        return [
          { work: `${work}, p50`, value: at(0.5), unit: 'ms' },
          { work: `${work}, p99`, value: at(0.99), unit: 'ms' },
          { work: `${work}, max`, value: at(1), unit: 'ms' },
        ];
      } finally {
        await producer.close();
        await consumer.stop();
      }
    },
  };
}

/** A timer ticks once a millisecond at best: it adds as many as are due. */
async function atRate(perSecond: number, count: number, add: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  const added: Promise<unknown>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond));
      while (added.length < due) added.push(add());
      if (added.length < count) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(added);
}
