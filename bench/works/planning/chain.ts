import { ConsumerChild } from '../../children/child.js';
import type { Measurement } from '../../measurement.js';
import { loadSystem } from '../../systems/load-system.js';
import type { SystemName } from '../../systems/system.js';
import { fill } from '../fill.js';
import { assertFinished } from '../warm-consumer.js';

/** Of one slot. */
const STAGES = ['{bench-chain}-extract', '{bench-chain}-analyze', '{bench-chain}-summarize', '{bench-chain}-store'];
const MOST_TO_WARM_UP = 5_000;

/** Documents that go through four stages, each of which sends its task on to the next: how many tasks of all stages are settled in a second. */
export function chain(documents: number): Measurement {
  const work = 'drain at 100 of a chain of four stages';
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: async (system, bench) => {
      const warmUp = Math.min(MOST_TO_WARM_UP, documents);
      const tasks = STAGES.length * documents;
      const order = { system, url: bench.url, queues: STAGES, concurrency: 100, isChain: true };
      const consumer = await ConsumerChild.start({ ...order, warmUp: STAGES.length * warmUp, tasks });
      try {
        await add(system, bench.url, warmUp);
        await consumer.isWarm();
        await add(system, bench.url, documents);
        const { elapsedMs } = await consumer.measure();
        await assertFinished(system, bench, STAGES);
        return [{ work, value: (tasks * 1_000) / elapsedMs, unit: 'tasks/s' }];
      } finally {
        await consumer.stop();
      }
    },
  };
}

async function add(system: SystemName, url: string, documents: number): Promise<void> {
  const loaded = await loadSystem(system);
  if (loaded.addChains) await loaded.addChains(url, STAGES, documents);
  else await fill({ system, url, queues: STAGES.slice(0, 1) }, documents);
}
