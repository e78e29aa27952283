import { expect, it } from 'vitest';
import { historyOf, isHandled, Ledger } from './ledger.js';

const ID = '1700000000000-0';

it('keeps what was accepted, whichever report comes first', () => {
  const ledger = new Ledger();
  ledger.started('w1#1', { entryId: ID, kind: 'ok', deliveryCount: 1, at: 5 });
  expect(ledger.accepted).toEqual([]);
  ledger.accept(ID, 'ok', 4);
  expect(ledger.accepted).toMatchObject([{ id: ID, acceptedAt: 4, runs: [{ worker: 'w1#1', startedAt: 5 }] }]);
});

it('counts an entry as handled once a run of it came to its good end', () => {
  const ledger = new Ledger();
  ledger.accept(ID, 'ok', 0);
  const [entry] = ledger.accepted;
  ledger.started('w1#1', { entryId: ID, kind: 'ok', deliveryCount: 1, at: 1 });
  expect(isHandled(entry!)).toBe(false);
  ledger.ended('w1#1', ID, 2, 'failed');
  expect(isHandled(entry!)).toBe(false);
  ledger.started('w2#1', { entryId: ID, kind: 'ok', deliveryCount: 2, at: 3 });
  ledger.ended('w2#1', ID, 4, 'ok');
  expect(isHandled(entry!)).toBe(true);
});

it('tells the history of an entry in order, log lines that name it included', () => {
  const ledger = new Ledger();
  ledger.accept(ID, 'ok', 100);
  ledger.logged('w2#1', 120, `took over entry ${ID} from w1`);
  ledger.started('w1#1', { entryId: ID, kind: 'ok', deliveryCount: 1, at: 110 });
  ledger.settled('w2#1', ID, 130, 'dead: unrecoverable');
  expect(historyOf(ledger.accepted[0]!, 100).map((line) => line.trim())).toEqual([
    '0 ms  accepted',
    '10 ms  w1#1 started delivery 1',
    `20 ms  w2#1 logged: took over entry ${ID} from w1`,
    '30 ms  w2#1 settled: dead: unrecoverable',
  ]);
});
