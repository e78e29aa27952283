import { expect, it } from 'vitest';
import { EvidenceForSpecs, ZERO } from '../audit/evidence-for-specs.js';
import { REMINDERS } from '../kinds.js';
import { auditDelayed } from './delay-audit.js';

/** A task that was added at 0, and is due at 1,000. */
class Reminder extends EvidenceForSpecs {
  constructor(state = 'completed', answeredAt = 0) {
    super();
    this.told({ kind: 'delayed', what: 'added', name: 'r', at: ZERO + answeredAt, id: 't_r', due: ZERO + 1_000 }).is(
      't_r',
      state,
    );
  }

  entered(at: number): this {
    return this.done(REMINDERS, 'r', at);
  }

  moved(sentAt: number, due: number, answer?: string): this {
    const times = { at: ZERO + sentAt + 5, sentAt: ZERO + sentAt, due: ZERO + due };
    return this.told({ kind: 'delayed', what: 'moved', name: 'r', ...times, answer });
  }

  cancelled(answer: string): this {
    return this.told({ kind: 'delayed', what: 'cancelled', name: 'r', at: ZERO + 500, answer });
  }

  get wrong(): string[] {
    return this.broken(auditDelayed);
  }
}

it('finds nothing wrong with a task that enters when it is due, or is cancelled', () => {
  const entered = new Reminder().entered(1_003);
  expect(entered.wrong).toEqual([]);
  expect(entered.found(auditDelayed).figures).toMatchObject({ delayed: 1, cancelled: 0, lateMs: { p50: 3 } });
  expect(new Reminder('cancelled').cancelled('cancelled').wrong).toEqual([]);
  const running = new Reminder('cancelled')
    .entry(REMINDERS, 'r', 1_000)
    .run(REMINDERS, 'r', 1_000)
    .cancelled('requested');
  expect(running.wrong).toEqual([]);
});

it('finds a task that enters twice, never, too early or too late, and one that was refused', () => {
  expect(new Reminder().entered(1_003).entered(1_009).wrong[0]).toMatch(/^r is 2 tasks/);
  expect(new Reminder('unknown').wrong[0]).toMatch(/^r is missing/);
  expect(new Reminder().entered(999).wrong[0]).toMatch(/1 ms too early$/);
  expect(new Reminder().entered(6_001).wrong).toEqual(['r is 5001 ms late']);
  expect(new Reminder('completed', 4_000).entered(6_001).wrong).toEqual([]);
  expect(new Reminder().entered(6_001).fault('redis-freeze', 900, 4_000).wrong).toEqual([]);
  const refused = new EvidenceForSpecs().told({ kind: 'delayed', what: 'refused', name: 'r', at: ZERO });
  expect(refused.broken(auditDelayed)).toEqual([]);
  expect(refused.done(REMINDERS, 'r', 7).broken(auditDelayed)[0]).toMatch(/^r was refused/);
});

it('knows when a task may enter that was given another time', () => {
  expect(new Reminder().moved(500, 500, 'promoted').entered(500).wrong).toEqual([]);
  expect(new Reminder().moved(500, 3_000, 'rescheduled').entered(1_000).wrong[0]).toMatch(/2000 ms too early$/);
  // The answer came when it had entered: it was about a retry.
  expect(new Reminder().moved(999, 3_000, 'rescheduled').entered(1_000).wrong).toEqual([]);
  expect(new Reminder().moved(500, 700).entered(700).wrong).toEqual([]);
  expect(new Reminder().moved(500, 3_000).entered(1_000).wrong).toEqual([]);
  expect(new Reminder().moved(1_200, 1_200, 'under-way').entered(1_000).wrong).toEqual([]);
  // It was sent twice, and the first time has gone unanswered.
  expect(new Reminder().moved(500, 503, 'finished').entered(503).wrong).toEqual([]);
});

it('finds two ends, unless the group was lost or a replica took over', () => {
  expect(new Reminder('cancelled').entered(1_000).cancelled('cancelled').wrong[0]).toMatch(/w1#1 has begun it$/);
  const done = () => new Reminder().entered(1_000).cancelled('cancelled');
  expect(done().wrong[0]).toMatch(/^r is completed, and a cancel was told 'cancelled'/);
  expect(done().fault('group-destroy', 1_200, 1_200).wrong).toEqual([]);
  expect(new Reminder('cancelled').wrong[0]).toMatch(/^r is cancelled, and a cancel was told ''/);
  expect(new Reminder('waiting').entered(1_000).wrong).toEqual(['r is waiting']);
});
