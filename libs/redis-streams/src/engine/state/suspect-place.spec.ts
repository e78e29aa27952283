import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import type { Run } from './deliveries/delivery.js';
import { SuspectPlace } from './suspect-place.js';

useFakeTime();

const run = () => ({}) as Run;
const LONG = 60_000;

describe('the place for a suspect', () => {
  it('is one, and free again when the run that has it ended', () => {
    const place = new SuspectPlace();
    const suspect = run();
    expect([place.take(), place.take()]).toEqual([true, false]);
    place.seat(suspect, LONG);
    place.ended(run());
    expect(place.take()).toBe(false);
    place.ended(suspect);
    expect(place.take()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('still belongs to the next suspect when the lease of the one before is over', async () => {
    const place = new SuspectPlace();
    const before = run();
    place.take();
    place.seat(before, LONG);
    place.ended(before);
    place.take();
    await pass(LONG);
    place.ended(before);
    expect(place.take()).toBe(false);
  });

  it('is free again when a run has lasted for a lease', async () => {
    const place = new SuspectPlace();
    place.take();
    place.seat(run(), LONG);
    await pass(LONG - 1);
    expect(place.take()).toBe(false);
    await pass(1);
    expect(place.take()).toBe(true);
  });

  it('goes to whoever waits in turn, past those who have no use for it', () => {
    const place = new SuspectPlace();
    const offered: string[] = [];
    const waiter = (name: string, accepts: boolean) => () => {
      offered.push(name);
      return accepts;
    };
    place.take();
    place.whenFree(waiter('full', false));
    place.whenFree(waiter('first', true));
    place.whenFree(waiter('second', true));
    place.free();
    expect(offered).toEqual(['full', 'first']);
    place.take();
    place.free();
    expect(offered).toEqual(['full', 'first', 'second']);
  });

  it('is offered at once when it became free meanwhile', () => {
    const place = new SuspectPlace();
    let offers = 0;
    place.whenFree(() => ++offers > 0);
    expect(offers).toBe(1);
  });
});
