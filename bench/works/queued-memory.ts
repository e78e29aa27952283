import type { Measurement } from '../measurement.js';
import { usedMemory } from '../redis-usage.js';
import { MIXED_TASK, TASK } from '../task.js';
import { addInRedis, addWith } from './fill.js';

const QUEUE = 'bench-memory';

/** Redis memory that a task of strings takes while it waits. */
export function queuedMemory(tasks: number): Measurement {
  return memoryOf(TASK, 'Redis memory per queued task', ['bare', 'ours', 'bullmq'], tasks);
}

/** The same for a task of strings and others, which bare ioredis needs as text. */
export function queuedMemoryOfMixed(tasks: number): Measurement {
  return memoryOf(MIXED_TASK, 'Redis memory per queued task that is not all strings', ['bare', 'ours'], tasks);
}

function memoryOf(task: object, work: string, systems: Measurement['systems'], tasks: number): Measurement {
  return {
    name: work,
    systems,
    run: async (system, { url, redis }) => {
      const before = await usedMemory(redis);
      if (system === 'bare') await addInRedis(url, QUEUE, task, tasks);
      else await addWith({ system, url, queue: QUEUE }, task, tasks);
      const after = await usedMemory(redis);
      return [{ work, value: (after - before) / tasks, unit: 'bytes' }];
    },
  };
}
