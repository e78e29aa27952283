import { expect, it } from 'vitest';
import { EventRecord, subscriptionOptions } from '../../../../../test/support/engine.js';
import { failure } from '../../in-memory/failures.js';
import type { FailureKind } from '../../model/ports/redis-failure.js';
import { EngineEvents } from '../events.js';
import { MarksProblem } from './marks-problem.js';

function marksProblem() {
  const events = new EventRecord();
  const marks = new MarksProblem('orders:marks', new EngineEvents(subscriptionOptions(), [events.observer]));
  return { marks, events };
}

it.each<[FailureKind, string]>([
  ['wrong-type', 'it must be a hash'],
  ['forbidden', 'let the ACL user'],
])(
  '%s does not pass by itself: it is told once, with what to do, and again only when it was solved',
  (kind, remedy) => {
    const { marks, events } = marksProblem();
    marks.found(failure({ kind, message: 'no way' }));
    marks.found(failure({ kind, message: 'no way either' }));
    const reason = "the marks in 'orders:marks' cannot be kept (no way)";
    expect(marks.reason).toBe(reason);
    expect(events.all).toEqual([{ type: 'marksFailed', reason, remedy: expect.stringContaining(remedy) }]);

    marks.solved();
    marks.solved();
    expect(marks.reason).toBeUndefined();
    expect(events.all.slice(1)).toEqual([{ type: 'marksRecovered', marksKey: 'orders:marks' }]);

    marks.found(failure({ kind }));
    expect(events.types).toEqual(['marksFailed', 'marksRecovered', 'marksFailed']);
  },
);

it.each<FailureKind>(['group-missing', 'disconnected', 'read-only', 'elsewhere', 'refused'])(
  '%s passes by itself, and is no problem of the marks',
  (kind) => {
    const { marks, events } = marksProblem();
    marks.found(failure({ kind }));
    marks.solved();
    expect(marks.reason).toBeUndefined();
    expect(events.all).toEqual([]);
  },
);
