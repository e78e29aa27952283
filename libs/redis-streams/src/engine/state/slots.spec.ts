import { describe, expect, it } from 'vitest';
import { runSetting } from '../../../../../test/support/engine.js';
import { engineParts } from '../../../../../test/support/engine-parts.js';
import { Turn } from '../../timing/turn.js';
import { Deliveries } from './deliveries/deliveries.js';
import { Progress } from './progress.js';
import { Slots } from './slots.js';

/** A lane: one subscription's deliveries, on a pool that it shares. */
function lane(slots: Slots) {
  const deliveries = new Deliveries(runSetting(), slots, new Progress(), new Turn());
  let heard = 0;
  slots.whenFreed(() => heard++);
  let id = 0;
  const begin = () => deliveries.begin(deliveries.take(`${++id}-0`, 1, 0));
  return { deliveries, begin, heard: () => heard };
}

describe('slots', () => {
  it('are taken while a run lasts, and free again with its end', () => {
    const { slots, deliveries } = engineParts({ concurrency: 2 });
    const run = deliveries.begin(deliveries.take('1-0', 1, 0));
    expect(slots.free).toBe(1);
    deliveries.ended(run);
    expect(slots.free).toBe(2);
  });

  it('two lanes of one pool never run more than its size together', () => {
    const slots = new Slots(3);
    const [a, b] = [lane(slots), lane(slots)];
    while (a.deliveries.room > 0 || b.deliveries.room > 0) {
      if (a.deliveries.room > 0) a.begin();
      if (b.deliveries.room > 0) b.begin();
      expect(a.deliveries.running + b.deliveries.running).toBeLessThanOrEqual(3);
    }
    expect(a.deliveries.running + b.deliveries.running).toBe(3);
  });

  it('a slot that one lane frees is free for both, and both hear of it', () => {
    const slots = new Slots(1);
    const [a, b] = [lane(slots), lane(slots)];
    const run = a.begin();
    expect([a.deliveries.room, b.deliveries.room]).toEqual([0, 0]);
    a.deliveries.ended(run);
    expect([a.deliveries.room, b.deliveries.room]).toEqual([1, 1]);
    expect([a.heard(), b.heard()]).toEqual([1, 1]);
    b.begin();
    expect(a.deliveries.room).toBe(0);
  });
});
