import { runProducer } from '../children/child.js';
import type { ProducerOrder } from '../children/orders.js';
import type { Figure, Measurement } from '../measurement.js';
import type { SystemName } from '../systems/system.js';

const QUEUE = 'bench-produce';

/** Adding one by one, with 500 adds in flight. */
export function produceOneByOne(tasks: number): Measurement {
  return {
    name: 'produce one by one',
    systems: ['bare', 'bare-autopipelining', 'ours', 'bullmq', 'nest-redis'],
    run: (system, { url }) => produce('produce one by one', system, { url, tasks }),
  };
}

/** The same, each task with a key of its own, so that all are added. */
export function produceKeyed(tasks: number): Measurement {
  return {
    name: 'produce one by one, keyed',
    systems: ['ours', 'bullmq'],
    run: (system, { url }) => produce('produce one by one, keyed', system, { url, tasks, isKeyed: true }),
  };
}

/** The same, each due in an hour or two. */
export function produceDelayed(tasks: number): Measurement {
  return {
    name: 'produce one by one, delayed',
    systems: ['ours', 'bullmq'],
    run: (system, { url }) => produce('produce one by one, delayed', system, { url, tasks, isDelayed: true }),
  };
}

/** Adding in bulk, a thousand per call. */
export function produceInBulk(tasks: number): Measurement {
  return {
    name: 'produce in bulk',
    systems: ['bare', 'ours', 'bullmq'],
    run: (system, { url }) => produce('produce in bulk', system, { url, tasks, bulkSize: 1_000 }),
  };
}

async function produce(
  work: string,
  system: SystemName,
  order: Pick<ProducerOrder, 'url' | 'tasks' | 'isKeyed' | 'isDelayed'> & { readonly bulkSize?: number },
): Promise<Figure[]> {
  const { tasks } = order;
  const warmUp = Math.min(50_000, tasks / 2);
  const ms = await runProducer({ bulkSize: 0, ...order, system, queue: QUEUE, warmUp, inFlight: 500 });
  return [{ work, value: (tasks / ms) * 1_000, unit: 'tasks/s' }];
}
