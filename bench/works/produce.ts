import { runProducer } from '../children/child.js';
import type { Figure, Measurement } from '../measurement.js';
import type { SystemName } from '../systems/system.js';

const QUEUE = 'bench-produce';

/** Adding one by one, with 500 adds in flight. */
export function produceOneByOne(tasks: number): Measurement {
  return {
    name: 'produce one by one',
    systems: ['bare', 'bare-autopipelining', 'ours', 'bullmq', 'nest-redis'],
    run: (system, { url }) => produce('produce one by one', system, url, tasks, 0),
  };
}

/** Adding in bulk, a thousand per call. */
export function produceInBulk(tasks: number): Measurement {
  return {
    name: 'produce in bulk',
    systems: ['bare', 'ours', 'bullmq'],
    run: (system, { url }) => produce('produce in bulk', system, url, tasks, 1_000),
  };
}

async function produce(
  work: string,
  system: SystemName,
  url: string,
  tasks: number,
  bulkSize: number,
): Promise<Figure[]> {
  const ms = await runProducer({
    system,
    url,
    queue: QUEUE,
    tasks,
    warmUp: Math.min(50_000, tasks / 2),
    bulkSize,
    inFlight: 500,
  });
  return [{ work, value: (tasks / ms) * 1_000, unit: 'tasks/s' }];
}
