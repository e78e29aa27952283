import type { Bench, Measurement } from '../../measurement.js';
import { usedMemory } from '../../redis-usage.js';
import { addAndCancel } from '../../systems/deeds/cancelled.js';
import type { Deed } from '../../systems/deeds/deed.js';
import type { SystemName } from '../../systems/system.js';
import { fill } from '../fill.js';
import { assertFinished } from '../warm-consumer.js';
import { pause, withPerformer } from './with-performer.js';

const QUEUE = 'bench-task-memory';
const QUEUES = [QUEUE];
/** Then BullMQ's stream of events is as long as it gets, and every script is loaded. */
const WARM_UP_TASKS = 5_000;
const CONCURRENCY = 100;

/** Redis memory that a task takes once it has ended, by what its handler did. Its entry, or job, is kept as well. */
export function taskMemory(tasks: number): readonly Measurement[] {
  return [
    afterDeed('completed', 'nothing', tasks),
    afterDeed('its result kept', 'answer', tasks),
    afterDeed('its progress told once', 'one progress', tasks),
    afterDeed('output of 100 tokens', '100 tokens', Math.ceil(tasks / 10), ['ours']),
    afterDeed('dead-lettered', 'fail', tasks),
    cancelled(tasks),
  ];
}

function nameOf(what: string): string {
  return `Redis memory per task, ${what}`;
}

function afterDeed(
  what: string,
  deed: Deed,
  tasks: number,
  systems: readonly SystemName[] = ['ours', 'bullmq'],
): Measurement {
  const work = nameOf(what);
  return {
    name: work,
    systems,
    run: (system, bench) =>
      withPerformer(bench, { system, queue: QUEUE, concurrency: CONCURRENCY, deed }, async () => {
        const before = await memoryAfter(Math.min(WARM_UP_TASKS, tasks), system, bench);
        const after = await memoryAfter(tasks, system, bench);
        return [{ work, value: (after - before) / tasks, unit: 'bytes' }];
      }),
  };
}

async function memoryAfter(tasks: number, system: SystemName, bench: Bench): Promise<number> {
  await fill({ system, url: bench.url, queues: QUEUES, keepsResults: true }, tasks);
  await assertFinished(system, bench, QUEUES, 60_000);
  return settledMemory(bench);
}

/** Tasks that were cancelled while they waited, and are gone from the stream. */
function cancelled(tasks: number): Measurement {
  const work = nameOf('cancelled');
  return {
    name: work,
    systems: ['ours'],
    run: async (_system, bench) => {
      await bench.redis.xgroup('CREATE', QUEUE, 'workers', '0', 'MKSTREAM');
      const before = await settledMemory(bench);
      await addAndCancel(bench.url, QUEUE, tasks);
      return [{ work, value: ((await settledMemory(bench)) - before) / tasks, unit: 'bytes' }];
    },
  };
}

/** Connections that have just closed take their buffers with them. */
async function settledMemory({ redis }: Bench): Promise<number> {
  await pause(1_000);
  return usedMemory(redis);
}
