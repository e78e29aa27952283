import type { Measurement } from '../../measurement.js';
import { resetUsage, usage } from '../../redis-usage.js';
import { fill } from '../fill.js';
import { cpuFigure, pause, withPerformer, withRedisCpu } from './with-performer.js';

const QUEUE = 'bench-progress';
const TASKS = 100;
const WARM_UP_MS = 2_000;

/** So many running tasks of one worker tell their progress as often as they get to. */
export function progress(seconds: number): Measurement {
  const work = `progress of ${TASKS} tasks`;
  return {
    name: work,
    systems: ['ours', 'bullmq'],
    run: (system, bench) =>
      withPerformer(bench, { system, queue: QUEUE, concurrency: TASKS, deed: 'progress' }, async (performer) => {
        await fill({ system, url: bench.url, queues: [QUEUE] }, TASKS);
        await pause(WARM_UP_MS);
        await resetUsage(bench.redis);
        const measure = () => performer.measure({ forMs: seconds * 1_000 });
        const [{ count, elapsedMs }, redisShare] = await withRedisCpu(bench, measure);
        const { commands } = await usage(bench.redis);
        return [
          { work, value: (count / elapsedMs) * 1_000, unit: 'calls/s' },
          { work: `${work}: Redis commands`, value: (commands / elapsedMs) * 1_000, unit: 'commands/s' },
          cpuFigure(`${work}: Redis`, redisShare),
        ];
      }),
  };
}
