import { describe, expect, it } from 'vitest';
import type { SubscriptionStatus } from '../engine/subscription-status.js';
import { idleHealth, loopHealth, worst } from './health-rule.js';

const healthy: SubscriptionStatus = {
  stream: 's',
  group: 'g',
  consumer: 'c',
  concurrency: 2,
  running: 0,
  begun: 0,
  failures: { read: 0, lease: 0, settle: 0 },
  stuck: [],
  phase: 'running',
  reason: undefined,
  phaseSinceMs: 0,
  readOverdueMs: -4_900,
  sinceRenewalMs: 100,
  renewalFailure: undefined,
  leaseMs: 30_000,
  settling: { waitingMs: 0, failure: undefined, deadLetterFailure: undefined },
  sinceAnswerMs: 0,
  answeredForMs: 1e9,
  controlTrouble: undefined,
  marksFailure: undefined,
  pause: undefined,
};
const stuck = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    entryId: `${n}-0`,
    runningMs: 1_000,
    overdueMs: undefined,
  }));

const settling = (waitingMs: number, failure?: string) => ({ waitingMs, failure, deadLetterFailure: undefined });

describe('a loop is', () => {
  it.each<[string, string, Partial<SubscriptionStatus>]>([
    ['up', 'that reads', {}],
    ['up', 'whose read under way may block for a minute', { readOverdueMs: -59_000 }],
    ['up', 'that is full for hours and keeps its leases', { running: 2, readOverdueMs: 7_200_000 }],
    [
      'down',
      'that is full and does not keep its leases',
      { running: 2, readOverdueMs: 60_000, sinceRenewalMs: 20_000 },
    ],
    ['degraded', 'that has a free slot and has not read for a moment', { running: 1, readOverdueMs: 6_000 }],
    ['down', 'that has a free slot and does not read', { running: 1, readOverdueMs: 60_000 }],
    ['degraded', 'that reads and does not keep its leases', { running: 1, sinceRenewalMs: 20_000 }],
    ['down', 'that reads and has lost its leases', { running: 1, sinceRenewalMs: 40_000 }],
    ['up', 'that waits for the answer to a settlement', { settling: settling(1_000) }],
    ['degraded', 'whose settlement is refused', { settling: settling(50, 'NOPERM') }],
    ['down', 'whose settlement has been refused for long', { settling: settling(12_000, 'NOPERM') }],
    ['degraded', 'whose settlement gets no answer', { settling: settling(6_000) }],
    ['degraded', 'that cannot write dead letters', { settling: { ...settling(0), deadLetterFailure: 'WRONGTYPE' } }],
    ['degraded', 'that has just been interrupted', { phase: 'healing', phaseSinceMs: 95_000, reason: 'ECONNREFUSED' }],
    [
      'down',
      'that has been interrupted for longer',
      { phase: 'healing', phaseSinceMs: 80_000, reason: 'ECONNREFUSED' },
    ],
    ['degraded', 'that lost a slot', { stuck: stuck(1), running: 1 }],
    ['down', 'that lost all slots', { stuck: stuck(2), running: 2 }],
    ['degraded', 'whose mark cannot be kept', { marksFailure: 'the marks cannot be kept' }],
    ['degraded', 'that starts', { phase: 'starting', readOverdueMs: undefined }],
    ['down', 'that was stopped', { phase: 'stopped' }],
  ])('%s %s', (status, _when, change) => {
    const health = loopHealth({ ...healthy, ...change }, 100_000);
    expect(health.status).toBe(status);
    expect(health.reason === undefined).toBe(status === 'up');
  });
});

it('the worst status counts', () => {
  expect(worst(['up', 'degraded', 'down'])).toBe('down');
  expect(worst(['up', 'degraded'])).toBe('degraded');
  expect(worst([])).toBe('up');
});

it('a process that consumes nothing though it has handlers is degraded at first, and then down', () => {
  expect(idleHealth({ reason: 'nobody listens', sinceMs: 95_000 }, 100_000)).toBe('degraded');
  expect(idleHealth({ reason: 'nobody listens', sinceMs: 80_000 }, 100_000)).toBe('down');
});
