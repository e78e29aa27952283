import { expect, it } from 'vitest';
import { FaultJournal } from './fault-journal.js';
import { Ledger } from './ledger.js';
import { silenceOfAdds, workerSilences } from './silence.js';

const FIRST_ADD_AT = 1_000;
const LAST_ADD_AT = 60_000;

/** Books with an add every half second, and runs of w1 at the given times. */
function books(startedAt: readonly number[]): { ledger: Ledger; journal: FaultJournal } {
  const ledger = new Ledger();
  for (let at = FIRST_ADD_AT; at <= LAST_ADD_AT; at += 500) ledger.accept(`${at}-0`, 'ok', at);
  for (const at of startedAt) ledger.started('w1#1', { entryId: `${at}-0`, kind: 'ok', deliveryCount: 1, at });
  return { ledger, journal: new FaultJournal() };
}

function silence({ ledger, journal }: ReturnType<typeof books>, readyAt = 0) {
  const [longest] = workerSilences(ledger, journal, new Map([['w1#1', readyAt]]));
  return longest;
}

it('is the longest time between two runs, the first and the last add included', () => {
  expect(silence(books([2_000, 20_000, 50_000]))).toEqual({ worker: 'w1#1', ms: 30_000, until: 50_000 });
  expect(silence(books([]))).toMatchObject({ ms: LAST_ADD_AT - FIRST_ADD_AT });
  expect(silence(books([1_000, 2_000]))).toMatchObject({ ms: LAST_ADD_AT - 2_000 });
});

it('begins when the process is ready, and ends with it', () => {
  const { ledger, journal } = books([40_000]);
  journal.deaths.set('w1#1', { at: 41_000, how: 'killed' });
  expect(silence({ ledger, journal }, 38_000)).toMatchObject({ ms: 2_000, until: 40_000 });
});

it('leaves out what was broken for the worker or for all, and nothing else', () => {
  const { ledger, journal } = books([5_000, 10_000, 30_000]);
  journal.faults.push(
    { kind: 'node-kill', target: 'redis', startedAt: 12_000, endedAt: 18_000 },
    { kind: 'client-kill', target: 'redis', startedAt: 16_000, endedAt: 16_001 },
    { kind: 'worker-freeze', target: 1, worker: 'w1#1', startedAt: 20_000, endedAt: 25_000 },
    { kind: 'worker-freeze', target: 2, worker: 'w2#1', startedAt: 10_000, endedAt: 30_000 },
  );
  journal.deaths.set('w1#1', { at: 31_000, how: 'terminated' });
  expect(silence({ ledger, journal })).toMatchObject({ ms: 9_000, until: 30_000 });
});

it('leaves out the time in which nothing was added', () => {
  const { ledger, journal } = books([1_000, 60_000]);
  for (const entry of ledger.accepted) {
    if (entry.acceptedAt! > 10_000 && entry.acceptedAt! < 55_000) ledger.entries.delete(entry.id);
  }
  expect(silence({ ledger, journal })).toMatchObject({ ms: 14_000 });
});

it('counts of adds, too, until their end, whatever is broken for single workers', () => {
  const { ledger, journal } = books([]);
  for (const entry of ledger.accepted) {
    if (entry.acceptedAt! > 10_000 && entry.acceptedAt! < 30_000) ledger.entries.delete(entry.id);
  }
  journal.faults.push(
    { kind: 'worker-freeze', target: 1, worker: 'w1#1', startedAt: 10_000, endedAt: 15_000 },
    { kind: 'node-kill', target: 'redis', startedAt: 12_000, endedAt: 18_000 },
  );
  expect(silenceOfAdds(ledger, journal, LAST_ADD_AT + 1_000)).toEqual({ ms: 14_000, until: 30_000 });
  expect(silenceOfAdds(ledger, journal, LAST_ADD_AT + 20_000)).toEqual({ ms: 20_000, until: LAST_ADD_AT + 20_000 });
});
