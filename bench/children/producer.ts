import { loadSystem } from '../systems/system.js';
import { TASK, type Task } from '../task.js';
import type { ProducerOrder } from './orders.js';

/** A process that adds with one system, and reports how long it took, in milliseconds. */
const order = JSON.parse(process.argv[2]!) as ProducerOrder;
const system = await loadSystem(order.system);
const producer = await system.producer(order.url, order.queue);

async function addAll(count: number): Promise<void> {
  const { bulkSize, inFlight } = order;
  if (bulkSize > 0) {
    // One after the other, each a list of its own, as a request handler would make it.
    for (let added = 0; added < count; added += bulkSize) {
      const tasks: Task[] = [];
      while (tasks.length < bulkSize) tasks.push({ ...TASK });
      await producer.addBulk!(tasks);
    }
    return;
  }
  let added = 0;
  const addNext = async (): Promise<void> => {
    while (added < count) {
      added++;
      await producer.add({ ...TASK });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, addNext));
}

await addAll(order.warmUp);
const startedAt = performance.now();
await addAll(order.tasks);
process.send!(performance.now() - startedAt);
await producer.close();
process.disconnect();
