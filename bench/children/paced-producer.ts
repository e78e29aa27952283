import { loadSystem } from '../systems/load-system.js';
import { clockNs, TASK } from '../task.js';
import type { PacedOrder } from './orders.js';

/** A process that adds with one system at a steady rate, and tells when it is done. */
const order = JSON.parse(process.argv[2]!) as PacedOrder;
const system = await loadSystem(order.system);
const producer = await system.producer(order.url, order.queue);
const addNow = () => producer.add({ ...TASK, requested_at: String(clockNs()) });
const addLater = (delayMs: number) =>
  producer.addDelayed!({ ...TASK, requested_at: String(clockNs() + delayMs * 1e6) }, delayMs);
const { delayMs } = order;

await atRate(order.warmUpPerSecond, order.warmUp, addNow);
await atRate(
  order.perSecond,
  order.tasks,
  delayMs === undefined ? addNow : () => addLater(Math.round(delayMs * (0.5 + Math.random()))),
);
process.send!('done');
await producer.close();
process.disconnect();

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
