import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** Nobody would look by himself in that time... */
const BLOCK_MS = 60_000;
/** ...nor, having missed a ring, in this. */
const BY_ITSELF_MS = 8_000;
const ROUNDS = 5;

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

  const pausedIn: number[] = [];
  const resumedIn: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const askedAt = performance.now();
    await groups.pause(stream);
    await eventually(async () => (await groups.get(stream)).workers.every(({ hasHeard }) => hasHeard), BY_ITSELF_MS);
    pausedIn.push(performance.now() - askedAt);
    startedAt.length = 0;
    await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
    expect(await groups.get(stream)).toMatchObject({ running: [], retryScheduled: 0, leftBehind: 0 });

    const resumedAt = performance.now();
    await groups.resume(stream);
    await eventually(() => startedAt.length === 3, BY_ITSELF_MS);
    expect(Math.min(...startedAt)).toBeGreaterThan(resumedAt);
    resumedIn.push(Math.max(...startedAt) - resumedAt);
  }
  // In the median, as a machine may stand still for a second.
  expect(median(pausedIn)).toBeLessThan(1_000);
  expect(median(resumedIn)).toBeLessThan(1_000);
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
