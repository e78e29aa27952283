import type { TaskInfo, TaskState } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { FaultJournal, type FaultRecord } from '../fault-journal.js';
import { Ledger } from '../ledger.js';
import type { TaskKind } from '../tasks.js';
import { auditLives, type LifeAudit } from './life-audit.js';
import type { WaitKind, WaitOutcome } from './wait.js';

const ADDED_AT = 1_700_000_000_000;
const ID = `${ADDED_AT}-0`;
const WATCHED = { kind: 'watched', end: 'completed', text: 'a', answer: 'a', restarts: 0, resumed: 0 } as const;

/** What is told of one task that was added at 0, and what the audit says of it. */
class Life {
  readonly ledger = new Ledger();
  private readonly journal = new FaultJournal();
  private dead = new Set<string>();

  constructor(kind: TaskKind = 'ok', ttlMs?: number) {
    this.ledger.accept(ID, kind, ADDED_AT, { n: 7, ttlMs });
  }

  run(from: number, to: number, outcome: 'ok' | 'failed', text?: string): this {
    this.ledger.started('w1', { entryId: ID, kind: 'ok', deliveryCount: 1, at: ADDED_AT + from });
    this.ledger.ended('w1', ID, ADDED_AT + to, outcome, text);
    return this;
  }

  told(at: number, end: 'completed' | 'dead-lettered' | 'cancelled' | 'expired'): this {
    this.ledger.settled('w1', ID, ADDED_AT + at, end, end);
    if (end === 'dead-lettered') this.dead.add(ID);
    return this;
  }

  wait(kind: WaitKind, at: number, outcome?: WaitOutcome): this {
    this.ledger.waitBegan(7, kind, ADDED_AT);
    if (outcome) this.ledger.waitEnded(7, kind, ADDED_AT + at, ID, outcome);
    return this;
  }

  cancel(at: number, outcome: string): this {
    return this.wait('cancel', at, { kind: 'answered', outcome });
  }

  fault(kind: FaultRecord['kind'], at: number): this {
    this.journal.faults.push({ kind, target: 'redis', startedAt: ADDED_AT + at, endedAt: ADDED_AT + at });
    return this;
  }

  /** @returns the rules that are broken, and how, when `get` says that */
  audit(state: TaskState, more: object = {}): Partial<Record<keyof LifeAudit, string[]>> {
    const info = { stream: 'q', group: 'workers', id: ID, state, ...more } as TaskInfo;
    const { counts: _counts, ...rules } = auditLives(this.ledger, this.journal, new Map([[ID, info]]), this.dead);
    const broken = Object.entries(rules).filter(([, findings]) => findings.length > 0);
    return Object.fromEntries(broken.map(([rule, findings]) => [rule, findings.map(({ what }) => what)]));
  }
}

it('finds nothing wrong with tasks that end as they may', () => {
  expect(new Life().run(1, 2, 'ok').told(3, 'completed').audit('completed')).toEqual({});
  expect(new Life().run(1, 2, 'failed').told(3, 'dead-lettered').audit('dead-lettered')).toEqual({});
  expect(new Life().cancel(3, 'cancelled').audit('cancelled')).toEqual({});
  expect(new Life().run(1, 9, 'failed').cancel(3, 'requested').told(10, 'cancelled').audit('cancelled')).toEqual({});
  expect(new Life().run(1, 9, 'ok').cancel(3, 'requested').told(10, 'completed').audit('completed')).toEqual({});
  expect(new Life('ok', 50).told(60, 'expired').audit('expired', { endedAt: new Date(ADDED_AT + 60) })).toEqual({});
  expect(new Life().run(1, 2, 'ok').audit('unknown', { trimmed: true })).toEqual({});
});

it.each(['waiting', 'running', 'retry-scheduled', 'unknown'] as const)(
  'finds a task that is %s at the end',
  (state) => {
    expect(new Life().audit(state)).toEqual({ badEnds: [`has not ended: it is ${state}`] });
  },
);

it('finds ends that nobody brought about', () => {
  expect(new Life().run(1, 2, 'failed').audit('completed')).toEqual({ badEnds: ['completed without a good run'] });
  expect(new Life().audit('dead-lettered')).toEqual({ badEnds: ['dead-lettered without a dead letter'] });
  expect(new Life().audit('cancelled')).toEqual({ badEnds: ['cancelled though nobody asked for it'] });
  expect(new Life().audit('expired')).toEqual({ badEnds: ['expired without a deadline'] });
  const early = new Life('ok', 5_000).audit('expired', { endedAt: new Date(ADDED_AT + 10) });
  expect(early).toEqual({ badEnds: ['expired 4990 ms before its deadline'] });
});

const two = () => new Life().run(1, 2, 'ok').told(3, 'completed').cancel(50, 'cancelled');

it('finds a second end, unless the group was lost in between or a replica took over', () => {
  expect(two().audit('cancelled')).toEqual({ twoEnds: ['cancelled, and completed, as w1 says'] });
  expect(two().audit('completed')).toEqual({ twoEnds: ['completed, and cancelled, as cancel says'] });
  expect(two().fault('group-destroy', 20).audit('cancelled')).toEqual({});
  expect(two().fault('node-kill', 20).audit('cancelled')).toEqual({});
  expect(two().fault('redis-kill', 20).audit('cancelled')).toHaveProperty('twoEnds');
  expect(two().fault('group-destroy', 60_000).audit('cancelled')).toHaveProperty('twoEnds');
});

it('finds answers to a cancel that were not true', () => {
  const dead = new Life().run(1, 2, 'failed').cancel(1, 'requested').told(9, 'dead-lettered');
  expect(dead.audit('dead-lettered')).toEqual({ twoEnds: ["dead-lettered, and its cancel was told 'requested'"] });
  const unknown = new Life().run(1, 2, 'ok').cancel(1, 'unknown');
  expect(unknown.audit('completed')).toEqual({ twoEnds: ["completed, and its cancel was told 'unknown'"] });
});

it('finds runs that begin after the deadline, or after the cancel', () => {
  const late = new Life('ok', 50).run(1_050, 1_060, 'ok').audit('completed');
  expect(late).toEqual({ lateStarts: ['w1 began it 1000 ms after its deadline'] });
  expect(new Life('ok', 50).run(60, 70, 'ok').audit('completed')).toEqual({});
  const cancelled = new Life().cancel(5, 'cancelled').run(6, 7, 'failed').audit('cancelled');
  expect(cancelled).toEqual({ lateStarts: ['w1 began it when it was cancelled'] });
});

function badWait(kind: WaitKind, outcome?: WaitOutcome) {
  return new Life('chat').run(1, 2, 'ok', 'a').wait(kind, 5, outcome).audit('completed');
}

it('finds waits that do not end, or not as their task', () => {
  expect(badWait('result', { kind: 'result', text: 'a', timeouts: 1 })).toEqual({});
  expect(badWait('result')).toEqual({ badWaits: ['its result has not ended'] });
  expect(badWait('watch')).toEqual({ badWatches: ['its watch has not ended'] });
  expect(badWait('result', { kind: 'result', text: 'b', timeouts: 0 })).toEqual({
    badWaits: ["its result got 'b', of no good run"],
  });
  expect(badWait('result', { kind: 'result', text: undefined, timeouts: 0 })).toEqual({
    badWaits: ['its result got no result'],
  });
  expect(badWait('run', { kind: 'failed', state: 'expired', timeouts: 0 })).toEqual({
    badWaits: ['its run ended as expired, and it is completed'],
  });
  expect(badWait('cancel', { kind: 'error', error: 'Error: oh' })).toEqual({
    badWaits: ['its cancel ended with Error: oh'],
  });
});

function watched(outcome: object) {
  const life = new Life('chat').run(1, 2, 'ok', 'a').wait('watch', 5, { ...WATCHED, problem: undefined, ...outcome });
  return life.audit('completed').badWatches;
}

it('finds watches that tell something else', () => {
  expect(watched({})).toBeUndefined();
  expect(watched({ problem: 'a gap' })).toEqual(['its watch was told a gap']);
  expect(watched({ end: undefined })).toEqual(['its watch completed without an end']);
  expect(watched({ end: 'cancelled' })).toEqual(['its watch ended as cancelled, and it is completed']);
  expect(watched({ text: 'aa' })).toEqual(["its watch was told 'aa', and the handler wrote 'a'"]);
  expect(watched({ answer: 'b' })).toEqual(["its watch ended with the result 'b', of no good run"]);
});
