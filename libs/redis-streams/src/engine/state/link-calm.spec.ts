import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkCalm } from './link-calm.js';

const LEASE_MS = 3_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTime(ms);

/** A command that takes so long, at a server whose clock is 5 s ahead. */
function ask(calm: LinkCalm, tookMs: number, expectedMs = 0, serverStepMs = 0): void {
  const sentAt = performance.now();
  pass(tookMs);
  calm.answered(sentAt, expectedMs, sentAt + tookMs / 2 + 5_000 + serverStepMs);
}

describe('the link to Redis', () => {
  it('grows calm while answers come in time', () => {
    const calm = new LinkCalm();
    for (let n = 0; n < 10; n++) ask(calm, 900);
    expect(calm.calmMs(LEASE_MS)).toBe(9_000);
    ask(calm, 4_500, 4_000);
    expect(calm.calmMs(LEASE_MS)).toBe(13_500);
  });

  it.each<[string, (calm: LinkCalm) => void]>([
    ['an answer later than a third of the lease', (calm) => ask(calm, 1_100)],
    ['a blocking read that ends too late', (calm) => ask(calm, 5_200, 4_000)],
    ['a gap without any answer', (calm) => (pass(1_600), ask(calm, 0))],
    ['a step of the server’s clock', (calm) => ask(calm, 0, 0, 1_500)],
    ['a reconnect', (calm) => calm.disturbed()],
  ])('is no longer calm after %s', (_name, disturb) => {
    const calm = new LinkCalm();
    ask(calm, 100);
    disturb(calm);
    expect(calm.calmMs(LEASE_MS)).toBe(0);
  });

  it('judges each lease by what matters to it, and a long one is not disturbed by what disturbs a short one', () => {
    const calm = new LinkCalm();
    pass(100_000);
    ask(calm, 5_000);
    pass(1_000);
    calm.answered(performance.now());
    for (let n = 0; n < 100; n++) ask(calm, 300);
    expect(calm.calmMs(600)).toBe(0);
    expect(calm.calmMs(900)).toBe(30_000);
    expect(calm.calmMs(9_000)).toBe(31_000);
    expect(calm.calmMs(300_000)).toBe(136_000);
    expect(calm.recent().length).toBeLessThan(5);
  });

  it('expects the server’s clock', () => {
    const calm = new LinkCalm();
    expect(calm.expectedServerNow).toBeUndefined();
    ask(calm, 100);
    pass(50);
    expect(calm.expectedServerNow).toBe(performance.now() + 5_000);
  });

  it('knows when the server’s clock was set back, and takes no late answer for it', () => {
    const calm = new LinkCalm();
    ask(calm, 10);
    ask(calm, 10, 0, 60_000);
    expect(calm.serverSetBackAt).toBe(-Infinity);
    ask(calm, 10);
    expect(calm.serverSetBackAt).toBe(performance.now());

    const late = new LinkCalm();
    const sentAt = performance.now();
    pass(30_000);
    late.answered(sentAt, 0, performance.now());
    ask(late, 10, 0, -5_000);
    expect(late.serverSetBackAt).toBe(-Infinity);
  });
});
