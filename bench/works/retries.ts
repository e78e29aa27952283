import type { Measurement } from '../measurement.js';
import { BACKOFF_MS } from '../task.js';
import { fill } from './fill.js';
import { assertFinished, withWarmConsumer } from './warm-consumer.js';

const QUEUES = ['bench-retries'];

/** Tasks that all fail once: how long they take beyond the backoff that each has to wait. */
export function retries(tasks: number): Measurement {
  const work = `${tasks} tasks that fail once, beyond the backoff`;
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: (system, bench) =>
      withWarmConsumer(bench, { system, tasks, queues: QUEUES, failsOnce: true }, async (consumer) => {
        await fill({ system, url: bench.url, queues: QUEUES }, tasks);
        const { elapsedMs } = await consumer.measure();
        await assertFinished(system, bench, QUEUES);
        return [{ work, value: (elapsedMs - BACKOFF_MS) / 1_000, unit: 's' }];
      }),
  };
}
