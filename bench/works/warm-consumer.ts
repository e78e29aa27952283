import { ConsumerChild } from '../children/child.js';
import type { ConsumerOrder } from '../children/orders.js';
import type { Bench } from '../measurement.js';
import { loadSystem } from '../systems/load-system.js';
import type { SystemName } from '../systems/system.js';
import { fill } from './fill.js';

export type WarmOrder = Pick<ConsumerOrder, 'system' | 'queues' | 'tasks'> & Partial<Omit<ConsumerOrder, 'url'>>;

const MOST_TO_WARM_UP = 20_000;

/** Runs with a consumer that has handled enough to be compiled, and holds on to what it gets until it is measured. */
export async function withWarmConsumer<T>(
  { url }: Bench,
  order: WarmOrder,
  run: (consumer: ConsumerChild) => Promise<T>,
): Promise<T> {
  const { retryFirst = 0, giveUpFirst = 0, concurrency = 100 } = order;
  const warmUp = Math.min(MOST_TO_WARM_UP, order.tasks);
  const consumer = await ConsumerChild.start({ ...order, url, concurrency, warmUp });
  try {
    await fill({ ...order, url }, retryFirst + giveUpFirst + warmUp);
    await consumer.isWarm();
    return await run(consumer);
  } finally {
    await consumer.stop();
  }
}

/** A rate for tasks that were not settled would be none. */
export async function assertFinished(
  system: SystemName,
  { redis }: Bench,
  queues: readonly string[],
  withinMs = 10_000,
): Promise<void> {
  const loaded = await loadSystem(system);
  const deadline = performance.now() + withinMs;
  for (const queue of queues) {
    let left = await loaded.unfinished(redis, queue);
    while (left > 0) {
      if (performance.now() > deadline) throw new Error(`${system} left ${left} tasks of '${queue}' unfinished.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      left = await loaded.unfinished(redis, queue);
    }
  }
}
