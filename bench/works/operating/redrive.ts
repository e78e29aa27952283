import { createStreamsClient } from 'nestjs-redis-streams/client';
import type { Measurement } from '../../measurement.js';
import { redisCpuMs } from '../../redis-usage.js';
import { assertFinished, withWarmConsumer } from '../warm-consumer.js';

const QUEUE: string = 'bench-redrive';
const QUEUES = [QUEUE];

/** Dead letters that are redriven as fast as it goes, until a worker has done all of their tasks; the redrive runs in this process. */
export function redrive(letters: number): Measurement {
  const work = `redrive of ${letters} dead letters`;
  return {
    name: work,
    systems: ['ours'],
    run: (system, bench) =>
      withWarmConsumer(bench, { system, tasks: letters, giveUpFirst: letters, queues: QUEUES }, async (consumer) => {
        const client = createStreamsClient({ connection: bench.url });
        const [cpuBefore, ownBefore] = [await redisCpuMs(bench.redis), process.cpuUsage()];
        const measured = consumer.measure();
        const started = await client.deadLetters.redrive(QUEUE, { all: true }, { rate: Infinity });
        const { elapsedMs, cpuMs } = await measured;
        const { user, system: kernel } = process.cpuUsage(ownBefore);
        const redisMs = (await redisCpuMs(bench.redis)) - cpuBefore;
        const { state, done } = await started.ended();
        await client.close();
        if (state !== 'done' || done !== letters)
          throw new Error(`The redrive is ${state} with ${done} of ${letters}.`);
        await assertFinished(system, bench, QUEUES);
        const each = (name: string, ms: number) => ({
          work: `${work}: ${name}`,
          value: (1_000 * ms) / letters,
          unit: 'µs',
        });
        return [
          { work, value: (1_000 * letters) / elapsedMs, unit: 'letters/s' },
          each('Redis for each', redisMs),
          each('the worker for each', cpuMs),
          each('who redrives for each', (user + kernel) / 1_000),
        ];
      }),
  };
}
