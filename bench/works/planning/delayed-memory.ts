import type { Measurement } from '../../measurement.js';
import { usedMemory } from '../../redis-usage.js';
import { TASK } from '../../task.js';
import { fillAt } from '../fill.js';

const QUEUE = 'bench-delayed-memory';
const PAYLOAD_BYTES = Buffer.byteLength(Object.entries(TASK).flat().join(''));

/** Redis memory that a delayed task takes while it waits, beyond the names and values of its payload. */
export function delayedMemory(tasks: number): Measurement {
  const work = 'Redis memory per delayed task beyond its payload';
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: async (system, { url, redis }) => {
      const before = await usedMemory(redis);
      await fillAt({ system, url, queue: QUEUE }, tasks, Date.now() + 3_600_000);
      const after = await usedMemory(redis);
      return [{ work, value: (after - before) / tasks - PAYLOAD_BYTES, unit: 'bytes' }];
    },
  };
}
