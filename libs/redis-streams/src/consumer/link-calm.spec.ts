import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkCalm } from './link-calm.js';

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
    const calm = new LinkCalm(3_000);
    for (let n = 0; n < 10; n++) ask(calm, 900);
    expect(calm.calmMs).toBe(9_000);
    ask(calm, 4_500, 4_000);
    expect(calm.calmMs).toBe(13_500);
  });

  it.each<[string, (calm: LinkCalm) => void]>([
    ['an answer later than a third of the lease', (calm) => ask(calm, 1_100)],
    ['a blocking read that ends too late', (calm) => ask(calm, 5_200, 4_000)],
    ['a gap without any answer', (calm) => (pass(1_600), ask(calm, 1))],
    ['a step of the server’s clock', (calm) => ask(calm, 1, 0, 1_500)],
    ['a reconnect', (calm) => calm.disturbed()],
    ['a shorter lease in the group', (calm) => calm.sharpen(1_000)],
  ])('is no longer calm after %s', (_name, disturb) => {
    const calm = new LinkCalm(3_000);
    ask(calm, 100);
    disturb(calm);
    expect(calm.calmMs).toBe(0);
  });

  it('gives a window of server time in which a script sent now would run', () => {
    const calm = new LinkCalm(3_000);
    expect(calm.window()).toBeUndefined();
    ask(calm, 100);
    const { earliest, latest } = calm.window()!;
    const serverNow = performance.now() + 5_000;
    expect([earliest - serverNow, latest - serverNow]).toEqual([-1_000, 1_000]);
  });

  it('does not become blunt again when the short lease is gone', () => {
    const calm = new LinkCalm(3_000);
    calm.sharpen(300);
    calm.sharpen(3_000);
    expect(calm.noticedMs).toBe(100);
  });
});
