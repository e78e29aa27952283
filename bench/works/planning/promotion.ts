import { setTimeout as pause } from 'node:timers/promises';
import type { Measurement } from '../../measurement.js';
import { fillAt } from '../fill.js';
import { assertFinished, withWarmConsumer } from '../warm-consumer.js';

const QUEUE = 'bench-promotion';
const QUEUES = [QUEUE];

/**
 * Tasks that are all due at one time, while a worker is up: how many of them are run in a second from then on.
 * @param leadMs in which all of them are added
 */
export function promotion(tasks: number, leadMs: number): Measurement {
  const work = `${tasks} tasks due at once`;
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: (system, bench) =>
      withWarmConsumer(bench, { system, tasks, queues: QUEUES }, async (consumer) => {
        const dueAt = Date.now() + leadMs;
        const measured = consumer.measure();
        await fillAt({ system, url: bench.url, queue: QUEUE }, tasks, dueAt);
        if (Date.now() > dueAt) throw new Error(`${system} took more than ${leadMs} ms to add ${tasks} delayed tasks.`);
        await measured;
        const elapsedMs = Date.now() - dueAt;
        await assertFinished(system, bench, QUEUES);
        // What follows starts with a quiet server.
        await pause(200);
        return [{ work, value: (tasks * 1_000) / elapsedMs, unit: 'tasks/s' }];
      }),
  };
}
