import type { Measurement } from '../measurement.js';
import { usedMemory } from '../redis-usage.js';
import { fill } from './fill.js';

const QUEUE = 'bench-memory';

/** Redis memory that a task takes while it waits. */
export function queuedMemory(tasks: number): Measurement {
  return {
    name: 'Redis memory per queued task',
    systems: ['bare', 'ours', 'bullmq'],
    run: async (system, { url, redis }) => {
      const before = await usedMemory(redis);
      await fill(system, url, [QUEUE], tasks);
      const after = await usedMemory(redis);
      return [{ work: 'Redis memory per queued task', value: (after - before) / tasks, unit: 'bytes' }];
    },
  };
}
