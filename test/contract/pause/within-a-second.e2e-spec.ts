import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** Nobody would look by himself in that time. */
const BLOCK_MS = 60_000;

it('workers whose reads block for a minute hear of a pause, and of its end, within a second', async () => {
  const stream = uniqueStream('paused');
  const startedAt: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 600_000 })
    async handle() {
      startedAt.push(performance.now());
    }
  }
  const start = () => startApp({ controllers: [Worker], options: { blockMs: BLOCK_MS } });
  const [app] = await Promise.all([start(), start(), start()]);
  const groups = app.get(StreamGroups);
  await app.producer.add(stream, {});
  await eventually(() => startedAt.length === 1);
  await eventually(async () => (await groups.get(stream)).workers.length === 3);

  for (let round = 0; round < 5; round++) {
    const askedAt = performance.now();
    await groups.pause(stream);
    await eventually(async () => (await groups.get(stream)).workers.every(({ hasHeard }) => hasHeard), 1_000);
    expect(performance.now() - askedAt).toBeLessThan(1_000);
    startedAt.length = 0;
    await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
    expect(await groups.get(stream)).toMatchObject({ running: [], retryScheduled: 0, leftBehind: 0 });

    const resumedAt = performance.now();
    await groups.resume(stream);
    await eventually(() => startedAt.length === 3, 1_000);
    expect(Math.min(...startedAt)).toBeGreaterThan(resumedAt);
    expect(Math.max(...startedAt) - resumedAt).toBeLessThan(1_000);
  }
});
