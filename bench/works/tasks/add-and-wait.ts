import { ConsumerChild, runProducer } from '../../children/child.js';
import type { Measurement } from '../../measurement.js';

const QUEUE = 'bench-add-and-wait';

/** Adding tasks and waiting for the result of each, with 500 of them in flight, while another process runs them. */
export function addAndWait(tasks: number): Measurement {
  const work = 'add and wait for a result';
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: async (system, { url }) => {
      const common = { system, url, warmUp: Math.min(10_000, tasks / 5) };
      const consumer = await ConsumerChild.start({
        ...{ ...common, warmUp: 0, tasks: Number.MAX_SAFE_INTEGER },
        ...{ queues: [QUEUE], concurrency: 100, keepsResults: true },
      });
      try {
        const ms = await runProducer({
          ...{ ...common, queue: QUEUE, tasks },
          ...{ bulkSize: 0, inFlight: 500, awaitsResults: true },
        });
        return [{ work, value: (tasks / ms) * 1_000, unit: 'tasks/s' }];
      } finally {
        await consumer.stop();
      }
    },
  };
}
