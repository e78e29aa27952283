import { describe, expect, it } from 'vitest';
import type { SubscriptionStatus } from '../consumer/subscription-status.js';
import { loopHealth, worst } from './health-rule.js';

const healthy: SubscriptionStatus = {
  stream: 's',
  group: 'g',
  consumer: 'c',
  concurrency: 2,
  running: 0,
  forsaken: [],
  phase: 'running',
  reason: undefined,
  phaseSinceMs: 0,
  sinceReadMs: 100,
  sinceRenewalMs: 100,
  leaseMs: 30_000,
  blockMs: 5_000,
  counts: {
    acked: 0,
    failed: 0,
    postponed: 0,
    handedBack: 0,
    deadLettered: 0,
    leaseLost: 0,
    groupLost: 0,
    takenOver: 0,
  },
};
const forsaken = (count: number) => Array.from({ length: count }, (_, n) => ({ entryId: `${n}-0`, runningMs: 1_000 }));

describe('a loop is', () => {
  it.each<[string, string, Partial<SubscriptionStatus>]>([
    ['up', 'that reads', {}],
    ['up', 'that is full for hours and keeps its leases', { running: 2, sinceReadMs: 7_200_000 }],
    ['down', 'that is full and does not keep its leases', { running: 2, sinceReadMs: 60_000, sinceRenewalMs: 20_000 }],
    ['down', 'that has a free slot and does not read', { running: 1, sinceReadMs: 60_000 }],
    ['degraded', 'that reads and does not keep its leases', { running: 1, sinceRenewalMs: 20_000 }],
    ['degraded', 'that has just been interrupted', { phase: 'healing', phaseSinceMs: 95_000, reason: 'ECONNREFUSED' }],
    [
      'down',
      'that has been interrupted for longer',
      { phase: 'healing', phaseSinceMs: 80_000, reason: 'ECONNREFUSED' },
    ],
    ['degraded', 'that lost a slot', { forsaken: forsaken(1), running: 1 }],
    ['down', 'that lost all slots', { forsaken: forsaken(2), running: 2 }],
    ['degraded', 'that starts', { phase: 'starting', sinceReadMs: undefined }],
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
