import { MeasuredChild } from '../../children/child.js';
import type { WatcherResult } from '../../children/orders.js';
import type { Bench, Figure, Measurement } from '../../measurement.js';
import { addedIds, TASK_KEYS } from './task-keys.js';
import { assertFinished } from '../warm-consumer.js';
import { cpuFigure, pause, withPerformer, withRedisCpu } from './with-performer.js';

const QUEUE = 'bench-output';
const TASKS = 200;
/** Until then V8 compiles. */
const WARM_UP_MS = 4_000;

export interface OutputOrder {
  readonly seconds: number;
  /** Another process watches all of them. */
  readonly isWatched?: boolean;
  /** The handlers do the same, and nothing is kept of it: what making tokens costs here, and running handlers. */
  readonly isDropped?: boolean;
}

/** Output of 200 tasks in one worker at 50 tokens a second each. */
export function output({ seconds, isWatched = false, isDropped = false }: OutputOrder): Measurement {
  const work = `output of ${TASKS} tasks${isWatched ? ', watched' : ''}${isDropped ? ', not kept' : ''}`;
  return {
    name: work,
    systems: ['ours'],
    run: async (system, bench) => {
      const deed = isDropped ? 'tokens, not kept' : 'tokens';
      const order = { system, queue: QUEUE, concurrency: TASKS, deed } as const;
      return withPerformer(bench, order, async (performer) => {
        const ids = await addedIds(bench, QUEUE, TASKS);
        const watcher = isWatched ? await MeasuredChild.watcher({ url: bench.url, queue: QUEUE, ids }) : undefined;
        try {
          await pause(WARM_UP_MS);
          const how = { forMs: seconds * 1_000 };
          const measure = () => Promise.all([performer.measure(how), watcher?.measure(how)]);
          const [[worker, seen], redisShare] = await withRedisCpu(bench, measure);
          const { total } = await performer.measure({ forMs: 500, isOver: true });
          await assertFinished(system, bench, [QUEUE]);
          if (!isDropped) await assertKept(bench, ids, total);
          return [
            { work, value: (worker.count / worker.elapsedMs) * 1_000, unit: 'chunks/s' },
            cpuFigure(`${work}: worker`, worker.cpuMs / worker.elapsedMs),
            cpuFigure(`${work}: Redis`, redisShare),
            ...(seen ? watcherFigures(work, seen) : []),
          ];
        } finally {
          await watcher?.stop();
        }
      });
    },
  };
}

function watcherFigures(work: string, { cpuMs, elapsedMs, latenciesMs }: WatcherResult): Figure[] {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return [
    cpuFigure(`${work}: watcher`, cpuMs / elapsedMs),
    { work: `${work}: chunks seen`, value: (sorted.length / elapsedMs) * 1_000, unit: 'chunks/s' },
    { work: `${work}: from chunk to watcher, p50`, value: at(0.5), unit: 'ms' },
    { work: `${work}: from chunk to watcher, p99`, value: at(0.99), unit: 'ms' },
    { work: `${work}: from chunk to watcher, max`, value: at(1), unit: 'ms' },
  ];
}

/** Chunks that were lost cost nothing. */
async function assertKept({ redis }: Bench, ids: readonly string[], chunks: number): Promise<void> {
  let kept = 0;
  // Besides chunks there are a beginning and an end.
  for (const id of ids) kept += (await redis.xlen(TASK_KEYS.output(QUEUE, id))) - 2;
  if (kept !== chunks) throw new Error(`Of ${chunks} chunks ${kept} were kept.`);
}
