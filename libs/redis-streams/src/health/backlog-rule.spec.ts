import { describe, expect, it } from 'vitest';
import type { GroupLook, StreamLook } from '../model/ports/queries.js';
import { backlogHealth } from './backlog-rule.js';

const NOW = 1_700_000_000_000;
const OF = { stream: 's', group: 'g' };
const LIMITS = { maxBacklog: 10, maxOldestAgeMs: 60_000 };
const PAUSE = { reason: undefined, by: 'ops', since: new Date(0), until: undefined };

function judge(change: Partial<GroupLook>, delayedDue?: number) {
  const group = { name: 'g', backlog: { count: 0, isExact: true }, retryScheduled: 5, pending: 99, ...change };
  const look = { serverNow: NOW, delayed: { count: 50, due: delayedDue }, groups: [group] };
  return backlogHealth(OF, look as unknown as StreamLook, LIMITS);
}

describe('a backlog is', () => {
  it.each<[status: string, when: string, change: Partial<GroupLook>, delayedDue?: number]>([
    ['up', 'of nothing', {}],
    ['up', 'as long as it may be', { backlog: { count: 4, isExact: true }, retryDue: 3 }, 3],
    [
      'down',
      'longer, by what waits, retries and delayed tasks that are due',
      { backlog: { count: 4, isExact: true }, retryDue: 4 },
      3,
    ],
    ['up', 'as old as it may be', { firstWaitingId: `${NOW - 60_000}-0` }],
    ['down', 'older', { firstWaitingId: `${NOW - 60_001}-5` }],
    ['up', 'younger than the server’s clock, which was set back', { firstWaitingId: `${NOW + 90_000}-0` }],
    [
      'up',
      'too long and too old in a paused group',
      { backlog: { count: 999, isExact: true }, firstWaitingId: '1-0', pause: PAUSE },
    ],
    ['degraded', 'not known, as the group is not there', { name: 'another' }],
    ['degraded', 'not over its limit as far as it was counted', { backlog: { count: 9, isExact: false } }],
  ])('%s %s', (status, _when, change, delayedDue) => {
    expect(judge(change, delayedDue).status).toBe(status);
  });

  it('told as far as it was counted', () => {
    const { reason, waiting } = judge({ backlog: { count: 2_000, isExact: false } });
    expect([reason, waiting]).toEqual(['at least 2000 tasks wait, more than 10', 2_000]);
  });
});
