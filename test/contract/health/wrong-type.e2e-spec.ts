import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { readyWorker } from '../../support/ready-worker.js';

it('where something else is in the place of a stream, its worker is not ready after ten seconds in which that may pass, and lives', async () => {
  const { probe, doubts, cli, stream } = await readyWorker();
  await cli.multi().del(stream).set(stream, 'a string').exec();
  const interrupted = expect.stringMatching(/ \(workers\): interrupted: .*WRONGTYPE/);
  await eventually(async () => {
    const { code, health } = await probe();
    expect([code, health.degraded, health.reasons]).toEqual([200, true, expect.arrayContaining([interrupted])]);
    return true;
  });
  const { health } = await eventually(async () => {
    const ready = await probe();
    return ready.code === 503 && ready;
  }, 20_000);
  expect(health).toMatchObject({ producer: { status: 'up' }, reasons: expect.arrayContaining([interrupted]) });

  await cli.del(stream);
  await eventually(async () => (await probe()).code === 200);
  expect(doubts).toEqual([]);
});
