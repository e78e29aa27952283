import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';

useFakeTime();

/** A dead worker's entry, and the place for a suspect taken for it. */
async function suspect() {
  const parts = runnerParts();
  const [entry] = await parts.read(1);
  parts.suspects.take();
  const owned = { ...entry!, deliveryCount: 2 };
  const isPlaceFree = () => {
    const isFree = parts.suspects.take();
    if (isFree) parts.suspects.free();
    return isFree;
  };
  return { ...parts, owned, id: owned.id, isPlaceFree };
}

describe('an entry of a dead worker', () => {
  it('has the place while it runs', async () => {
    for (const end of ['end', 'fail'] as const) {
      const { runner, runs, owned, id, isPlaceFree } = await suspect();
      runner.startSuspect(owned);
      expect(runs.delivery(id).deliveryCount).toBe(2);
      expect(isPlaceFree()).toBe(false);
      await runs[end](id);
      expect(isPlaceFree()).toBe(true);
    }
  });

  it('has the place for a lease at the most', async () => {
    const { runner, owned, isPlaceFree, options } = await suspect();
    runner.startSuspect(owned);
    await pass(options.leaseMs - 1);
    expect(isPlaceFree()).toBe(false);
    await pass(1);
    expect(isPlaceFree()).toBe(true);
  });

  it('keeps the place though another run ends', async () => {
    const { runner, runs, owned, read, isPlaceFree } = await suspect();
    const [other] = await read(1);
    runner.startNew([other!]);
    runner.startSuspect(owned);
    await runs.end(other!.id);
    expect(isPlaceFree()).toBe(false);
  });

  it('gives the place back when its stuck run ends', async () => {
    const { runner, runs, owned, id, isPlaceFree, deliveries } = await suspect();
    runner.startSuspect(owned);
    deliveries.lose([...deliveries.leases][0]!);
    expect(isPlaceFree()).toBe(false);
    await runs.end(id);
    expect(isPlaceFree()).toBe(true);
  });

  it('that runs here already, without a lease, has the place', async () => {
    const { runner, runs, owned, id, isPlaceFree, deliveries } = await suspect();
    runner.startNew([owned]);
    deliveries.lose([...deliveries.leases][0]!);
    runner.startSuspect(owned);
    expect(isPlaceFree()).toBe(false);
    await runs.end(id);
    expect(isPlaceFree()).toBe(true);
  });

  it('needs no place where it is not run: it was started too often, or is only settled', async () => {
    const tooOften = await suspect();
    tooOften.runner.startSuspect({ ...tooOften.owned, deliveryCount: 6 });
    expect(tooOften.isPlaceFree()).toBe(true);

    const settling = await suspect();
    settling.deliveries.take(settling.id, 1, 0);
    settling.runner.startSuspect(settling.owned);
    expect(settling.isPlaceFree()).toBe(true);
    expect(settling.runs.begun).toEqual([]);
  });
});
