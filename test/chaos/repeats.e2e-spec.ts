import { expect, it } from 'vitest';
import { FaultJournal, type FaultRecord } from './fault-journal.js';
import type { EntryRecord, Run } from './ledger.js';
import { repeatsOf } from './repeats.js';

const GIVEN_UP_AFTER_MS = 5_000;

function entry(runs: readonly Run[], deadLetteredAt: number[] = []): EntryRecord {
  return { id: '1700000000000-0', acceptedAt: 0, runs: [...runs], deadLetteredAt, ends: [], waits: [], notes: [] };
}

function run(worker: string, startedAt: number, endedAt?: number, outcome?: Run['outcome']): Run {
  return { worker, deliveryCount: 1, startedAt, endedAt, outcome };
}

function reasons(
  record: EntryRecord,
  faults: readonly FaultRecord[] = [],
  killed: Record<string, number> = {},
): string[] {
  const journal = new FaultJournal();
  journal.faults.push(...faults);
  for (const [worker, at] of Object.entries(killed)) journal.deaths.set(worker, { at, how: 'killed' });
  return repeatsOf(record, journal, GIVEN_UP_AFTER_MS).map(({ reason }) => reason);
}

const groupDestroyed: FaultRecord = { kind: 'group-destroy', target: 'redis', startedAt: 50, endedAt: 51 };

it('takes a run after a failed one for a deliberate retry', () => {
  expect(reasons(entry([run('a', 0, 10, 'failed'), run('b', 20, 30, 'ok')]))).toEqual([]);
});

it('takes a run after one that was given up for a deliberate retry, while that one goes on', () => {
  expect(reasons(entry([run('a', 0), run('b', 5_100, 5_200, 'ok')]))).toEqual([]);
});

it('names what made an entry run again', () => {
  const done = run('a', 0, 10, 'ok');
  const again = run('b', 4_000, 4_010, 'ok');
  const frozen: FaultRecord = { kind: 'worker-freeze', target: 1, worker: 'a', startedAt: 5, endedAt: 4_500 };
  const late: FaultRecord = { kind: 'worker-freeze', target: 2, worker: 'b', startedAt: 5, endedAt: 3_990 };
  const redisKilled: FaultRecord = { kind: 'redis-kill', target: 'redis', startedAt: 5, endedAt: 900 };
  expect(reasons(entry([done, again]), [groupDestroyed])).toEqual(['groupLost']);
  expect(reasons(entry([done, again]), [], { a: 11 })).toEqual(['crash']);
  expect(reasons(entry([done, again]), [redisKilled])).toEqual(['redisRestart']);
  const failedOver: FaultRecord = { kind: 'node-kill', target: 'redis', startedAt: 5, endedAt: 3_900 };
  expect(reasons(entry([done, again]), [failedOver])).toEqual(['failover']);
  expect(reasons(entry([done, again]), [frozen])).toEqual(['leaseLost']);
  expect(reasons(entry([done, again]), [late])).toEqual(['leaseLost']);
  expect(reasons(entry([done, again]))).toEqual(['other']);
});

it('does not blame what happened long after the run was settled', () => {
  const redisKilled: FaultRecord = { kind: 'redis-kill', target: 'redis', startedAt: 3_000, endedAt: 3_500 };
  expect(reasons(entry([run('a', 0, 10, 'ok'), run('b', 4_000, 4_010, 'ok')]), [redisKilled], { a: 3_000 })).toEqual([
    'other',
  ]);
});

it('counts a lost group once, not the retries of the second life', () => {
  const first = run('a', 0, 10, 'failed');
  const second = run('a', 100, 110, 'failed');
  expect(reasons(entry([first, second, run('b', 120, 130, 'failed')], [11]), [groupDestroyed])).toEqual(['groupLost']);
});
