import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkStability } from './link-stability.js';

const LEASE_MS = 3_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

let serverAheadMs: number;
beforeEach(() => void (serverAheadMs = 5_000));

const pass = (ms: number) => vi.advanceTimersByTime(ms);

/** A command that takes so long. */
function ask(link: LinkStability, tookMs: number, expectedMs = 0, serverStepMs = 0): void {
  const sentAt = performance.now();
  pass(tookMs);
  link.answered(sentAt, expectedMs, sentAt + tookMs / 2 + serverAheadMs + serverStepMs);
}

describe('the link to Redis', () => {
  it('is stable for a lease when what mattered to it is half of it ago', () => {
    const link = new LinkStability();
    expect(link.isStable(LEASE_MS)).toBe(false);
    ask(link, 900);
    expect(link.isStable(LEASE_MS)).toBe(false);
    ask(link, 4_500, 4_000);
    expect(link.isStable(LEASE_MS)).toBe(true);
    expect(link.isStable(20_000)).toBe(false);
  });

  it.each<[string, (link: LinkStability) => void]>([
    ['an answer later than a third of the lease', (link) => ask(link, 1_100)],
    ['a blocking read that ends too late', (link) => ask(link, 5_200, 4_000)],
    ['a gap without any answer', (link) => (pass(1_600), ask(link, 0))],
    ['a step of the server’s clock', (link) => ((serverAheadMs += 1_500), ask(link, 0))],
    ['a reconnect', (link) => link.disturbed()],
  ])('is unstable for half a lease after %s', (_name, disturb) => {
    const link = new LinkStability();
    for (let n = 0; n < 5; n++) ask(link, 500);
    expect(link.isStable(LEASE_MS)).toBe(true);
    disturb(link);
    expect(link.isStable(LEASE_MS)).toBe(false);
    ask(link, 700);
    expect(link.isStable(LEASE_MS)).toBe(false);
    ask(link, 800);
    expect(link.isStable(LEASE_MS)).toBe(true);
  });

  it('judges each lease by what matters to it, and a long one is not disturbed by what disturbs a short one', () => {
    const link = new LinkStability();
    pass(100_000);
    ask(link, 5_000);
    pass(1_000);
    link.answered(performance.now());
    for (let n = 0; n < 100; n++) ask(link, 300);
    // Answers after 300 ms matter to leases under 900 ms, five seconds of silence half a minute ago to none any more.
    expect([600, 899].map((leaseMs) => link.isStable(leaseMs))).toEqual([false, false]);
    expect([900, 9_000, 61_000].map((leaseMs) => link.isStable(leaseMs))).toEqual([true, true, true]);
    // How long the way was disturbed before the beginning, 136 s ago, nobody knows.
    expect([272_000, 272_001].map((leaseMs) => link.isStable(leaseMs))).toEqual([true, false]);
    // So it was with the silence before the first answer, which may have been two thirds of the 100 s.
    expect([100_000, 200_001].map((leaseMs) => link.isStable(leaseMs))).toEqual([false, true]);
    expect(link.unstableLeases()).toHaveLength(3);
  });

  it('expects the server’s clock', () => {
    const link = new LinkStability();
    expect(link.expectedServerNow).toBeUndefined();
    ask(link, 100);
    pass(50);
    expect(link.expectedServerNow).toBe(performance.now() + 5_000);
  });

  it('takes a late answer for the less of it, unless the clock was stepped', () => {
    const link = new LinkStability();
    ask(link, 2);
    const offBy = () => link.expectedServerNow! - performance.now() - serverAheadMs;
    const sentAt = performance.now();
    // It was frozen, and answers when it is thawed.
    pass(4_000);
    link.answered(sentAt, 0, performance.now() + serverAheadMs);
    expect(offBy()).toBe(0);
    // By the time that a second has passed, the clocks may have parted by a millisecond.
    expect(link.leastServerNow! - performance.now() - serverAheadMs).toBeCloseTo(-1 - 4);
    ask(link, 8);
    expect(link.leastServerNow! - performance.now() - serverAheadMs).toBeCloseTo(-4);

    serverAheadMs += 60_000;
    ask(link, 4_000);
    expect(offBy()).toBe(0);
    ask(link, 2);
    expect(link.leastServerNow! - performance.now() - serverAheadMs).toBeCloseTo(-1);
  });

  it('knows when the server’s clock was set back, and takes no late answer for it', () => {
    const link = new LinkStability();
    ask(link, 10);
    ask(link, 10, 0, 60_000);
    expect(link.serverSetBackAt).toBe(-Infinity);
    ask(link, 10);
    expect(link.serverSetBackAt).toBe(performance.now());

    const late = new LinkStability();
    const sentAt = performance.now();
    pass(30_000);
    late.answered(sentAt, 0, performance.now());
    ask(late, 10, 0, -5_000);
    expect(late.serverSetBackAt).toBe(-Infinity);
  });
});
