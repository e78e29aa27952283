import { describe, expect, it } from 'vitest';
import { type GroupFacts, judgeGroup } from './group-state.js';

const IDLE: GroupFacts = {
  writesRefused: undefined,
  pause: undefined,
  waiting: { count: 0, isExact: true },
  oldestWaitingMs: undefined,
  running: 0,
  left: 0,
  retries: 0,
  retriesDue: 0,
  nextRetryInMs: undefined,
  slots: 16,
  stuck: 0,
  liveWorkers: 2,
  sinceReadMs: 100,
  addedPerSecond: undefined,
  finishedPerSecond: undefined,
};

const judge = (facts: Partial<GroupFacts>) => judgeGroup({ ...IDLE, ...facts });
const waiting = (count: number, oldestWaitingMs = 100, isExact = true) => ({
  waiting: { count, isExact },
  oldestWaitingMs,
});

describe('a group', () => {
  it.each<[Partial<GroupFacts>, string, string]>([
    [{}, 'nothing-to-do', 'Nothing to do: all is finished.'],
    [{ liveWorkers: 0, slots: 0 }, 'nothing-to-do', 'Nothing to do: all is finished, and no live worker.'],
    [{ running: 3 }, 'running', '3 of 16 slots are busy.'],
    [{ running: 16 }, 'running', '16 of 16 slots are busy.'],
    [{ running: 3, slots: undefined }, 'running', '3 running.'],
    [{ running: 3, ...waiting(12) }, 'running', '3 of 16 slots are busy; 12 about to be read.'],
    [
      { running: 16, ...waiting(12, 42_000) },
      'slots-busy',
      'All 16 slots are busy: 12 waiting, the oldest for 42 s, 16 running.',
    ],
    [
      { running: 14, stuck: 2, ...waiting(12, 42_000) },
      'slots-busy',
      'All 16 slots are busy: 12 waiting, the oldest for 42 s, 14 running. 2 slots are held by stuck runs: handlers that go on though they were told to end, and settle nothing.',
    ],
    [
      { running: 1, stuck: 1 },
      'running',
      expect.stringMatching(/^1 of 16 slots are busy\. 1 slot is held by stuck runs/),
    ],
    [{ stuck: 1 }, 'nothing-to-do', expect.stringMatching(/^Nothing to do: all is finished\. 1 slot is held/)],
    [{ stuck: 1, retries: 1 }, 'retry-later', expect.stringMatching(/retry: 1\. 1 slot is held/)],
    [
      { stuck: 4, ...waiting(12, 42_000), sinceReadMs: 30_000 },
      'not-read',
      expect.stringMatching(/12 of 16 slots are free: .* 4 slots are held/),
    ],
    [
      { running: 16, retries: 2, retriesDue: 1 },
      'slots-busy',
      'All 16 slots are busy: 16 running, 2 scheduled for a retry.',
    ],
    [
      { running: 16, ...waiting(2_000, 1_020_000, false), addedPerSecond: 88.2, finishedPerSecond: 6.14 },
      'slots-busy',
      'All 16 slots are busy: at least 2000 waiting, the oldest for 17 min, 16 running. More are added than finished: 88 against 6.1 a second.',
    ],
    [
      { liveWorkers: 0, slots: 0, ...waiting(4, 900_000_000), left: 2, retries: 3 },
      'no-live-worker',
      'No live worker: 4 waiting, the oldest for 10 d, 2 left by workers that died, 3 scheduled for a retry.',
    ],
    [
      { retries: 3, nextRetryInMs: 8_200 },
      'retry-later',
      'All that is unfinished waits for its retry: 3, the next due in 8 s.',
    ],
    [{ retries: 3, retriesDue: 1, nextRetryInMs: 0 }, 'running', 'Retries that are due, and about to be claimed: 1.'],
    [
      { left: 2, retries: 1 },
      'taking-over',
      '2 left by workers that died: live ones take them over when their leases end.',
    ],
    [
      { running: 1, ...waiting(12, 42_000), sinceReadMs: 30_000 },
      'not-read',
      "12 waiting, the oldest for 42 s, 1 running, though 15 of 16 slots are free: see the workers' health and logs.",
    ],
    [{ ...waiting(12, 42_000), finishedPerSecond: 0 }, 'not-read', expect.stringContaining('16 of 16 slots are free')],
    [{ ...waiting(12, 42_000), finishedPerSecond: 3, sinceReadMs: 30_000 }, 'running', expect.any(String)],
    [{ ...waiting(12, 42_000), slots: undefined, sinceReadMs: 30_000 }, 'running', expect.any(String)],
    [
      {
        pause: { reason: 'index rebuild', by: 'ops', since: new Date(0), until: new Date(3_600_000) },
        ...waiting(4),
        running: 1,
      },
      'paused',
      'Paused by ops until 1970-01-01T01:00:00.000Z: index rebuild (4 waiting, the oldest for 100 ms, 1 running).',
    ],
    [
      { pause: { reason: undefined, by: undefined, since: new Date(0), until: undefined }, liveWorkers: 0 },
      'paused',
      'Paused until it is resumed.',
    ],
    [
      { writesRefused: 'OOM command not allowed', ...waiting(1), liveWorkers: 0 },
      'writes-refused',
      'Redis refuses to write: OOM command not allowed.',
    ],
  ])('of %j is %s', (facts, state, why) => {
    expect(judge(facts)).toEqual({ state, why });
  });
});
