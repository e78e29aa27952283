import { loadSystem } from '../systems/load-system.js';
import { TASK } from '../task.js';
import type { WaiterOrder, WaiterReport } from './orders.js';

/** A process that adds tasks, and then waits for all of them at once: what does that take? Run with --expose-gc. */
const { system, url, queue, waits } = JSON.parse(process.argv[2]!) as WaiterOrder;
const producer = await (await loadSystem(system)).producer(url, queue, { keepsResults: true });
const added = (await producer.addBulk!(Array.from({ length: waits + 1 }, () => TASK))) as unknown[];
const all: Promise<unknown>[] = [];

// All that is made with the first wait is no cost of the others.
wait(added.pop());
await new Promise((resolve) => setTimeout(resolve, 1_000));
const before = await memory();
for (const one of added) wait(one);
tell({ is: 'ready' });

process.on('message', () => {
  void memory().then((now) =>
    tell({ is: 'measured', heapBytes: now.heapUsed - before.heapUsed, rssBytes: now.rss - before.rss }),
  );
});

function wait(one: unknown): void {
  // They end with this process.
  all.push(producer.result!(one).catch(() => undefined));
}

/** What is kept: the answers to the last looks are still being handled at first, and let go of in the next turns. */
async function memory(): Promise<NodeJS.MemoryUsage> {
  let last = await afterCollection();
  for (;;) {
    const now = await afterCollection();
    if (now.heapUsed > last.heapUsed * 0.99) return now;
    last = now;
  }
}

async function afterCollection(): Promise<NodeJS.MemoryUsage> {
  await new Promise((resolve) => setTimeout(resolve, 500));
  globalThis.gc!();
  return process.memoryUsage();
}

function tell(report: WaiterReport): void {
  process.send!(report);
}
