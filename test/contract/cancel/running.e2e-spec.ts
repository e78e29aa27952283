import { StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const RUNS = 1_000;

it(
  'a task that runs in another process is told to end within a moment, and ends as cancelled',
  { timeout: 60_000 },
  async () => {
    const stream = uniqueStream('cancel');
    const worker = await startWorker({ stream, options: { concurrency: 100 } });
    const app = await startApp({ options: { consume: false } });
    const tasks = app.get(StreamTasks);

    const latencies: number[] = [];
    const cancelOne = async () => {
      const id = await app.producer.add(stream, { untilAborted: 'yes' });
      await eventually(() => worker.started(id).length > 0);
      const from = Date.now();
      expect(await tasks.cancel(stream, id, { reason: 'changed my mind' })).toBe('requested');
      const { at, message } = await eventually(() => worker.aborted(id));
      latencies.push(at! - from);
      expect(message).toBe('TaskCancelledError: The task was cancelled: changed my mind');
      await eventually(async () => (await tasks.get(stream, id)).state === 'cancelled');
      expect(await tasks.get(stream, id)).toMatchObject({ state: 'cancelled', reason: 'changed my mind' });
      expect(await tasks.cancel(stream, id)).toBe('cancelled');
    };
    const lane = async () => {
      for (let n = 0; n < RUNS / 10; n++) await cancelOne();
    };
    await Promise.all(Array.from({ length: 10 }, lane));

    const sorted = latencies.toSorted((a, b) => a - b);
    console.log(
      `From cancel to abort in another process: p50 ${sorted[RUNS / 2]} ms, p99 ${sorted[RUNS * 0.99]} ms, max ${sorted.at(-1)} ms.`,
    );
    expect(sorted).toHaveLength(RUNS);
    expect(sorted[RUNS * 0.99]).toBeLessThan(1_000);
    expect(worker.events.filter(({ deliveryCount }) => (deliveryCount ?? 1) > 1)).toEqual([]);
  },
);
