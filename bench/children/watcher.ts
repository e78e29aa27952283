import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamTasks } from 'nestjs-redis-streams';
import { clockNs } from '../task.js';
import type { MeasureOrder, WatcherOrder, WatcherReport } from './orders.js';
import { startUsage } from './usage.js';

/** A process that watches tasks whose chunks are the times at which they were made. */
const { url, queue, ids } = JSON.parse(process.argv[2]!) as WatcherOrder;
let latenciesMs: number[] = [];

process.on('message', ({ forMs }: MeasureOrder) => {
  latenciesMs = [];
  const used = startUsage();
  setTimeout(() => tell({ is: 'measured', ...used(), latenciesMs }), forMs);
});

const module = RedisStreamsModule.forRoot({ connection: url, consume: false });
const app = await NestFactory.createApplicationContext(module, { logger: false });
const tasks = app.get(StreamTasks);
for (const id of ids) {
  tasks.watch<string>(queue, id).subscribe((event) => {
    if (event.type === 'chunk') latenciesMs.push((clockNs() - Number(event.value)) / 1e6);
  });
}
tell({ is: 'ready' });

function tell(report: WatcherReport): void {
  process.send!(report);
}
