import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { entriesOf, tickOfEntry } from '../../support/ticks.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const HOUR_MS = 3_600_000;

it('clocks of processes that are an hour off neither move a tick nor double or lose one', async () => {
  const stream = uniqueStream();
  const schedule = '* * * * * *';
  const started = Date.now();
  const [ahead] = await Promise.all(
    [HOUR_MS, -HOUR_MS].map((clockOffMs) => startWorker({ stream, schedule, clockOffMs })),
  );
  const atLeast = async (count: number) => {
    const entries = await entriesOf(stream);
    return entries.length >= count && entries;
  };
  await eventually(() => atLeast(3));
  // The other one goes on by itself.
  await ahead!.kill();
  const { length } = await entriesOf(stream);
  const entries = await eventually(() => atLeast(length + 2));
  const ticks = entries.map((entry) => tickOfEntry(entry).tickAt);
  expect(ticks).toEqual(ticks.map((_tick, n) => ticks[0]! + n * 1_000));
  expect(ticks[0]).toBeGreaterThan(started);
  for (const [n, { id }] of entries.entries()) {
    const lateMs = Number.parseInt(id, 10) - ticks[n]!;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(10_000);
  }
});
