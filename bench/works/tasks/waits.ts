import { MeasuredChild } from '../../children/child.js';
import type { Bench, Measurement } from '../../measurement.js';
import { pause } from './with-performer.js';
import { TASK_KEYS } from './task-keys.js';

const QUEUE = 'bench-waits';
const GROUP = 'workers';
const GIVE_UP_AFTER_MS = 60_000;
/** BullMQ's waits leave no trace in Redis: by then they have looked. */
const SETTLING_MS = 5_000;

/** What a process takes more when it waits for so many tasks at once, after a garbage collection. Nobody runs them. */
export function waits(count: number): Measurement {
  const work = `${count} waits at once`;
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: async (system, bench) => {
      if (system === 'ours') await bench.redis.xgroup('CREATE', QUEUE, GROUP, '0', 'MKSTREAM');
      const waiter = await MeasuredChild.waiter({ system, url: bench.url, queue: QUEUE, waits: count });
      try {
        if (system === 'ours') await allHaveLooked(bench, count);
        else await pause(SETTLING_MS);
        const { heapBytes, rssBytes } = await waiter.measure({ forMs: 0 });
        return [
          { work: `${work}: heap`, value: heapBytes / 1e6, unit: 'MB' },
          { work: `${work}: RSS`, value: rssBytes / 1e6, unit: 'MB' },
        ];
      } finally {
        await waiter.stop();
      }
    },
  };
}

/** Each look registers an ear. */
async function allHaveLooked({ redis }: Bench, count: number): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  const ids = (await redis.xrange(QUEUE, '-', '+')).map(([id]) => id);
  if (ids.length !== count + 1) throw new Error(`There are ${ids.length} tasks to wait for.`);
  for (const id of ids) {
    while ((await redis.exists(TASK_KEYS.ears(QUEUE, id))) === 0) {
      if (performance.now() > giveUpAt) throw new Error(`Nobody waits for ${id}.`);
      await pause(20);
    }
  }
}
