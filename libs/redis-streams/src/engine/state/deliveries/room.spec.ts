import { describe, expect, it } from 'vitest';
import { engineParts } from '../../../../../../test/support/engine-parts.js';
import type { Run } from './delivery.js';

function ofSlots(concurrency: number) {
  const { deliveries, slots, turn } = engineParts({ concurrency });
  let id = 0;
  const take = () => deliveries.take(`${++id}-0`, 1, 0);
  const begin = () => deliveries.begin(take());
  return { deliveries, slots, turn, take, begin };
}

describe('slots and room', () => {
  it('a taken entry takes no slot, its run takes one', () => {
    const { deliveries, slots, take } = ofSlots(2);
    const lease = take();
    expect([slots.free, deliveries.room]).toEqual([2, 2]);
    deliveries.begin(lease);
    expect([slots.free, deliveries.room]).toEqual([1, 1]);
  });

  it('a run that ends frees its slot, though it is not settled yet', () => {
    const { deliveries, slots, begin } = ofSlots(2);
    const run = begin();
    deliveries.ended(run);
    expect([slots.free, deliveries.room]).toEqual([2, 2]);
  });

  it('a stuck run keeps its slot until it ends, lost or given up, and under a new lease', () => {
    const { deliveries, slots, begin } = ofSlots(3);
    const [lost, givenUp] = [begin(), begin()];
    deliveries.lose(lost.lease!);
    deliveries.release(deliveries.giveUp(givenUp));
    expect([slots.free, deliveries.room]).toEqual([1, 1]);
    deliveries.rejoin(lost, 2, 0);
    expect([slots.free, deliveries.room]).toEqual([1, 1]);
    deliveries.ended(lost);
    deliveries.ended(givenUp);
    expect([slots.free, deliveries.room]).toEqual([3, 3]);
  });

  it('there is room for results of three times the slots, and none for more until some are settled', () => {
    const { deliveries, slots, begin, take } = ofSlots(2);
    for (let n = 0; n < 5; n++) deliveries.ended(begin());
    expect([slots.free, deliveries.room]).toEqual([2, 1]);
    const last = begin();
    expect([slots.free, deliveries.room]).toEqual([1, 0]);
    deliveries.ended(last);
    expect([slots.free, deliveries.room]).toEqual([2, 0]);
    const beyond = take();
    expect(deliveries.room).toBe(0);
    for (const lease of [...deliveries.leases]) if (lease !== beyond) deliveries.release(lease);
    expect(deliveries.room).toBe(2);
  });

  it('a released lease makes a new turn: there may be room for more', async () => {
    const { deliveries, turn, take } = ofSlots(1);
    const lease = take();
    const ended = turn.ended();
    deliveries.release(lease);
    await expect(ended).resolves.toBeUndefined();
  });
});

describe('deliveries are idle', () => {
  it('when no run is left that may settle: stuck ones do not count', () => {
    const { deliveries, begin } = ofSlots(3);
    expect(deliveries.isIdle).toBe(true);
    const runs: Run[] = [begin(), begin(), begin()];
    const [ends, lost, givenUp] = runs as [Run, Run, Run];
    deliveries.lose(lost.lease!);
    deliveries.giveUp(givenUp);
    expect(deliveries.isIdle).toBe(false);
    deliveries.ended(ends);
    expect(deliveries.isIdle).toBe(true);
    expect(deliveries.running).toBe(2);
    deliveries.ended(lost);
    expect(deliveries.isIdle).toBe(true);
  });

  it('not when a stuck run has a lease again', () => {
    const { deliveries, begin } = ofSlots(1);
    const run = begin();
    deliveries.lose(run.lease!);
    deliveries.rejoin(run, 2, 0);
    expect(deliveries.isIdle).toBe(false);
  });
});
