import { setImmediate as nextPhase } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turn } from './turn.js';

describe('the end of a turn', () => {
  it('comes once for all that was requested in it', async () => {
    const turn = new Turn();
    let ends = 0;
    turn.beforeNext(() => ends++);
    for (let n = 0; n < 100; n++) turn.request();
    await nextPhase();
    expect(ends).toBe(1);
    turn.request();
    await nextPhase();
    expect(ends).toBe(2);
  });

  it('does not come while nothing is requested', async () => {
    const turn = new Turn();
    turn.beforeNext(() => expect.unreachable());
    void turn.ended().then(() => expect.unreachable());
    await nextPhase();
  });

  it('comes when the microtasks of the event have run, and before its phase ends', async () => {
    const turn = new Turn();
    const order: string[] = [];
    turn.beforeNext(() => order.push('end of the turn'));
    await nextPhase();
    setImmediate(() => order.push('next phase'));
    turn.request();
    let microtasks = Promise.resolve();
    for (let n = 1; n <= 3; n++) microtasks = microtasks.then(() => void order.push(`microtask ${n}`));
    await nextPhase();
    expect(order).toEqual(['microtask 1', 'microtask 2', 'microtask 3', 'end of the turn', 'next phase']);
  });

  it('first calls what is to come before, then lets waiters go on to where they wait again, then calls what comes after', async () => {
    const turn = new Turn();
    const order: string[] = [];
    turn.beforeNext(() => order.push('before'));
    turn.afterNext(() => order.push('after'));
    const waiter = async () => {
      await turn.ended();
      order.push('waiter');
      await Promise.resolve();
      order.push('waiter waits again');
      await turn.ended();
      order.push('never');
    };
    void waiter();
    turn.request();
    await nextPhase();
    expect(order).toEqual(['before', 'waiter', 'waiter waits again', 'after']);
  });

  it('that is requested while one ends comes after it', async () => {
    const turn = new Turn();
    const order: string[] = [];
    turn.beforeNext(() => {
      order.push('before');
      if (order.length === 1) turn.request();
    });
    turn.request();
    await nextPhase();
    expect(order).toEqual(['before', 'before']);
  });
});
