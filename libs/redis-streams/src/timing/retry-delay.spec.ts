import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryDelay } from './retry-delay.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** How long a wait lasts. */
async function lengthOf(wait: Promise<void>): Promise<number> {
  const from = performance.now();
  let until: number | undefined;
  void wait.then(() => (until = performance.now()));
  await vi.advanceTimersToNextTimerAsync();
  return until! - from;
}

async function lengthsOf(delay: RetryDelay, count: number): Promise<number[]> {
  const lengths: number[] = [];
  for (let n = 0; n < count; n++) lengths.push(await lengthOf(delay.wait()));
  return lengths;
}

describe('the wait between attempts', () => {
  it('doubles up to the longest', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(await lengthsOf(new RetryDelay(), 8)).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
    expect(await lengthsOf(new RetryDelay(120), 3)).toEqual([50, 100, 120]);
  });

  it('is half of that at the least', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(await lengthsOf(new RetryDelay(), 3)).toEqual([25, 50, 100]);
  });

  it('begins anew after a reset', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const delay = new RetryDelay();
    await lengthsOf(delay, 3);
    delay.reset();
    expect(await lengthsOf(delay, 2)).toEqual([50, 100]);
  });

  it('is the longest where that is asked for, without jitter', async () => {
    expect(await lengthOf(new RetryDelay(5_000).waitLongest())).toBe(5_000);
  });
});

describe('a signal', () => {
  it('ends the wait early, and leaves no timer', async () => {
    const abort = new AbortController();
    const waited = new RetryDelay().wait(abort.signal);
    abort.abort();
    await waited;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that aborted before ends it at once', async () => {
    await new RetryDelay().waitLongest(AbortSignal.abort());
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is let go of when the wait ends in time', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    await lengthOf(new RetryDelay().wait(signal));
    expect(remove).toHaveBeenCalledOnce();
  });
});
