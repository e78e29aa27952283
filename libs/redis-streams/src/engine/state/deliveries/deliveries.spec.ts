import { describe, expect, it, vi } from 'vitest';
import { engineParts } from '../../../../../../test/support/engine-parts.js';
import type { Deliveries } from './deliveries.js';

const TAKEN_AT = 1_000;

/** Three slots; what a transition leaves. */
function deliveriesOfThree() {
  const { deliveries, slots, progress } = engineParts({ concurrency: 3 });
  const take = () => deliveries.take('1-0', 1, TAKEN_AT);
  const begun = () => {
    const lease = take();
    return { lease, run: deliveries.begin(lease) };
  };
  return { deliveries, slots, progress, take, begun };
}

/** Leases and stuck runs by their ids, and the handlers at work. */
function stateOf({ leases, stuck, running }: Deliveries) {
  return [[...leases].map(({ entryId }) => entryId), [...stuck].map(({ entryId }) => entryId), running] as const;
}

const RUNNING = [['1-0'], [], 1] as const;
const SETTLING = [['1-0'], [], 0] as const;
const STUCK = [[], ['1-0'], 1] as const;
const SETTLING_AND_STUCK = [['1-0'], ['1-0'], 1] as const;
const GONE = [[], [], 0] as const;

describe('the usual way of a delivery', () => {
  it('taken: a lease without a run', () => {
    const { deliveries, take } = deliveriesOfThree();
    const lease = take();
    expect(stateOf(deliveries)).toEqual(SETTLING);
    expect(lease).toMatchObject({ entryId: '1-0', deliveryCount: 1, takenAt: TAKEN_AT, givenAt: TAKEN_AT });
  });

  it('begun: lease and run, each knowing the other', () => {
    const { deliveries, progress, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    expect(stateOf(deliveries)).toEqual(RUNNING);
    expect(lease.run).toBe(run);
    expect(run.lease).toBe(lease);
    expect(run).toMatchObject({ entryId: '1-0', deliveryCount: 1, startedAt: TAKEN_AT });
    expect(progress).toEqual({ finished: 0, runChanges: 1 });
  });

  it('ended: its lease waits for the settlement', () => {
    const { deliveries, progress, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    expect(deliveries.ended(run)).toBe(lease);
    expect(stateOf(deliveries)).toEqual(SETTLING);
    expect([lease.run, run.lease]).toEqual([undefined, undefined]);
    expect(progress).toEqual({ finished: 0, runChanges: 2 });
  });

  it('released: nothing is left, however often', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.ended(run);
    deliveries.release(lease);
    deliveries.release(lease);
    expect(stateOf(deliveries)).toEqual(GONE);
  });
});

describe('a run that is given up', () => {
  it('is stuck, and its lease is to be settled', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    expect(deliveries.giveUp(run)).toBe(lease);
    expect(stateOf(deliveries)).toEqual(SETTLING_AND_STUCK);
    expect([lease.run, run.lease]).toEqual([undefined, undefined]);
    deliveries.release(lease);
    expect(stateOf(deliveries)).toEqual(STUCK);
  });

  it('ends with nothing to settle', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.giveUp(run);
    expect(deliveries.ended(run)).toBeUndefined();
    expect(stateOf(deliveries)).toEqual(SETTLING);
    deliveries.release(lease);
    expect(stateOf(deliveries)).toEqual(GONE);
  });
});

describe('a lease that is lost', () => {
  it('leaves its run stuck', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.lose(lease);
    expect(stateOf(deliveries)).toEqual(STUCK);
    expect([lease.run, run.lease]).toEqual([undefined, undefined]);
    expect(deliveries.ended(run)).toBeUndefined();
    expect(stateOf(deliveries)).toEqual(GONE);
  });

  it('leaves nothing where its run has ended', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.ended(run);
    deliveries.lose(lease);
    expect(stateOf(deliveries)).toEqual(GONE);
  });
});

describe('who gets stuck', () => {
  it('is told once, be it given up or lost', () => {
    for (const end of ['giveUp', 'lose'] as const) {
      const { deliveries, begun } = deliveriesOfThree();
      const { lease, run } = begun();
      run.onStuck = vi.fn();
      if (end === 'giveUp') deliveries.giveUp(run);
      deliveries.lose(lease);
      deliveries.ended(run);
      expect(run.onStuck).toHaveBeenCalledOnce();
    }
  });

  it('is not who ends by itself', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { run } = begun();
    run.onStuck = vi.fn();
    deliveries.ended(run);
    expect(run.onStuck).not.toHaveBeenCalled();
  });
});

describe('an entry that comes again', () => {
  it('while it runs: lease and run go on under the new count', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.giveAgain(lease, 2, TAKEN_AT + 500);
    expect(stateOf(deliveries)).toEqual(RUNNING);
    expect(lease).toMatchObject({ deliveryCount: 2, takenAt: TAKEN_AT, givenAt: TAKEN_AT + 500 });
    expect(run.deliveryCount).toBe(2);
    expect(lease.run).toBe(run);
  });

  it('while it is settled: it is settled under the new count', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.ended(run);
    deliveries.giveAgain(lease, 2, TAKEN_AT + 500);
    expect(stateOf(deliveries)).toEqual(SETTLING);
    expect(lease).toMatchObject({ deliveryCount: 2, givenAt: TAKEN_AT + 500 });
  });

  it('while a given-up run is settled: the stuck one beside it stays as it is', () => {
    const { deliveries, begun } = deliveriesOfThree();
    const { lease, run } = begun();
    deliveries.giveUp(run);
    deliveries.giveAgain(lease, 2, TAKEN_AT + 500);
    expect(stateOf(deliveries)).toEqual(SETTLING_AND_STUCK);
    expect([lease.deliveryCount, run.deliveryCount]).toEqual([2, 1]);
  });

  it('while a stuck run is at work on it: that has a lease again, be it given up or lost before', () => {
    for (const end of ['giveUp', 'lose'] as const) {
      const { deliveries, progress, begun } = deliveriesOfThree();
      const { lease: old, run } = begun();
      if (end === 'giveUp') deliveries.giveUp(run);
      deliveries.lose(old);

      const lease = deliveries.rejoin(run, 2, TAKEN_AT + 500);
      expect(stateOf(deliveries)).toEqual(RUNNING);
      expect(lease).toMatchObject({ deliveryCount: 2, takenAt: TAKEN_AT + 500 });
      expect(run).toMatchObject({ deliveryCount: 2, startedAt: TAKEN_AT });
      expect([lease.run, run.lease]).toEqual([run, lease]);
      expect(progress.runChanges).toBe(1);
      expect(deliveries.ended(run)).toBe(lease);
      expect(stateOf(deliveries)).toEqual(SETTLING);
    }
  });
});

it('deliveries by their ids are leases, and stuck runs where there is no lease', () => {
  const { deliveries } = deliveriesOfThree();
  const begin = (id: string) => deliveries.begin(deliveries.take(id, 1, TAKEN_AT));
  const [settledStuck, stuck, running] = [begin('1-0'), begin('2-0'), begin('3-0')];
  const lease = deliveries.giveUp(settledStuck);
  deliveries.lose(stuck.lease!);
  expect(deliveries.byId()).toEqual(
    new Map<string, unknown>([
      ['1-0', lease],
      ['2-0', stuck],
      ['3-0', running.lease],
    ]),
  );
});
