import { describe, expect, it } from 'vitest';
import type { SubscriptionStatus } from '../engine/subscription-status.js';
import { whyRestart } from './liveness-rule.js';

const STUCK_MS = 60_000;

/** A loop with two slots. */
function why(change: Partial<SubscriptionStatus>): string | undefined {
  const loop = {
    stream: 's',
    group: 'g',
    concurrency: 2,
    phase: 'running',
    stuck: [],
    sinceAnswerMs: 0,
    answeredForMs: 1e9,
    ...change,
  };
  return whyRestart(loop as unknown as SubscriptionStatus, STUCK_MS);
}

const stuck = (...overdueMs: (number | undefined)[]) => ({
  stuck: overdueMs.map((each, n) => ({ entryId: `${n}-0`, runningMs: 9_000_000, overdueMs: each })),
});

describe('a restart would not help a loop', () => {
  it.each<[string, Partial<SubscriptionStatus>]>([
    ['that reads', {}],
    ['that is interrupted, for whatever time', { phase: 'healing', phaseSinceMs: 0, reason: 'ECONNREFUSED' }],
    ['that has not read or renewed its leases for days', { readOverdueMs: 1e9, sinceRenewalMs: 1e9, running: 2 }],
    ['all of whose runs have lost their leases', stuck(undefined, undefined)],
    ['with a slot whose run has only lost its lease', stuck(STUCK_MS, undefined)],
    ['with a slot that is free', stuck(STUCK_MS)],
    ['with a run that was told to end a moment ago', stuck(STUCK_MS, STUCK_MS - 1)],
    ['whose runs were told to end when Redis was away', { ...stuck(1e9, 1e9), sinceAnswerMs: 1e9 }],
    ['whose runs were told to end when it still was there', { ...stuck(90_000, 90_000), sinceAnswerMs: 31_000 }],
    ['whose runs had no time to end since Redis is back', { ...stuck(1e9, 1e9), answeredForMs: STUCK_MS - 1 }],
  ])('%s', (_which, change) => {
    expect(why(change)).toBeUndefined();
  });
});

describe('a restart would help a loop', () => {
  it('all of whose slots are held by runs that do not end', () => {
    expect(why(stuck(STUCK_MS, 90_000))).toBe(
      's (g): all 2 slots are held by handlers that go on though they were told to end, one for 90 s: 0-0, 1-0',
    );
  });

  it('all of whose runs had had their time when Redis went away', () => {
    expect(why({ ...stuck(90_000, 90_000), sinceAnswerMs: 30_000 })).toBeDefined();
  });

  it('that has ended by itself', () => {
    expect(why({ phase: 'stopped' })).toBe('s (g): its loop has ended, though nobody has stopped it');
  });
});
