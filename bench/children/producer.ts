import { loadSystem } from '../systems/load-system.js';
import { TASK, type Task } from '../task.js';
import type { ProducerOrder } from './orders.js';

/** A process that adds with one system, and reports how long it took, in milliseconds. */
const order = JSON.parse(process.argv[2]!) as ProducerOrder;
const system = await loadSystem(order.system);
const producer = await system.producer(order.url, order.queue, { keepsResults: order.awaitsResults });
const HOUR_MS = 3_600_000;
let keys = 0;
const addOne = (task: Task) => {
  if (order.isDelayed) return producer.addDelayed!(task, Math.round(HOUR_MS * (1 + Math.random())));
  if (order.isKeyed) return producer.addKeyed!(task, `order ${keys++}`);
  return order.awaitsResults ? producer.run!(task) : producer.add(task);
};

async function addAll(count: number, inFlight: number, bulkSize: number): Promise<void> {
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
      await addOne({ ...TASK });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, addNext));
}

// Gently first, as a process begins its life: V8 decides early, and for good, where objects of a kind are allocated.
await addAll(order.warmUp, 5, 0);
await addAll(order.warmUp, order.inFlight, order.bulkSize);
const startedAt = performance.now();
await addAll(order.tasks, order.inFlight, order.bulkSize);
process.send!(performance.now() - startedAt);
await producer.close();
process.disconnect();
