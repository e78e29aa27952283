import type { Tally } from '../systems/deeds/deed.js';
import { loadSystem } from '../systems/load-system.js';
import type { MeasureOrder, PerformerOrder, PerformerReport } from './orders.js';
import { startUsage } from './usage.js';

/** A process whose handlers do something, and measures itself whenever it is told to. */
const order = JSON.parse(process.argv[2]!) as PerformerOrder;
const tally: Tally = { count: 0, isOver: false };

process.on('message', ({ forMs, isOver }: MeasureOrder) => {
  tally.isOver = isOver ?? false;
  const used = startUsage();
  const before = tally.count;
  setTimeout(() => tell({ is: 'measured', ...used(), count: tally.count - before, total: tally.count }), forMs);
});

const system = await loadSystem(order.system);
await system.perform!({ ...order, tally });
tell({ is: 'ready' });

function tell(report: PerformerReport): void {
  process.send!(report);
}
