import { describe, expect, it } from 'vitest';
import { subscriptionOptions } from '../../../../../test/support/engine.js';
import type { Log } from '../../model/log.js';
import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import { type EngineEvent, EngineEvents } from '../events.js';
import { Lease } from '../state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { deliveryLog } from './delivery-log.js';

/** What is logged of an event: level, text and fields. */
function linesOf(event: EngineEvent, options?: Partial<SubscriptionOptions>): unknown[][] {
  const lines: unknown[][] = [];
  const note =
    (level: keyof Log): Log[typeof level] =>
    (message, fields) =>
      void lines.push([level, message, fields]);
  const log = { debug: note('debug'), log: note('log'), warn: note('warn'), error: note('error') };
  new EngineEvents(subscriptionOptions(options), [deliveryLog(log)]).emit(event);
  return lines;
}

const lease = new Lease('1-0', 2, 0);
const FIELDS = { stream: 'orders', group: 'workers', entryId: '1-0', deliveryCount: 2 };
const ABOUT = 'orders (workers): entry 1-0, delivery 2 of 5,';

/** Without frames, which are none of the user's here. */
const error = Object.assign(new Error('no luck'), { stack: 'Error: no luck\n    at run (/app/src/tasks.ts:7:1)' });
const FRAMES = '\n    at run (/app/src/tasks.ts:7:1)';

function retry(because: RetryVerdict['because']): EngineEvent {
  const verdict: RetryVerdict = {
    kind: 'retry',
    because,
    delayMs: 1_000,
    deliveryCount: 2,
    error,
    remark: 'by a filter',
  };
  return { type: 'retryScheduled', lease, verdict };
}

function dead(deliveries: number): EngineEvent {
  const verdict: DeadLetterVerdict = { kind: 'dead-letter', reason: 'max-deliveries', deliveries, error };
  return { type: 'deadLettered', lease, verdict };
}

function takenOver(deliveryCount: number): unknown[][] {
  return linesOf({ type: 'takenOver', entryId: '1-0', deliveryCount, from: 'gpu-7@30000ms' });
}

describe('the log of deliveries', () => {
  it('warns of a failure, with those frames that are of the user', () => {
    expect(linesOf(retry('failure'))).toEqual([
      ['warn', `${ABOUT} failed, next try in 1000 ms: Error: no luck; by a filter${FRAMES}`, FIELDS],
    ]);
  });

  it('mentions what was postponed', () => {
    expect(linesOf(retry('postponed'))).toEqual([
      ['debug', `${ABOUT} was postponed by 1000 ms, uncounted: Error: no luck; by a filter`, FIELDS],
    ]);
  });

  it('says what was handed back', () => {
    expect(linesOf({ type: 'handedBack', lease })).toEqual([
      ['log', `${ABOUT} was handed back, uncounted: the application stops.`, FIELDS],
    ]);
  });

  it('reports what went to the dead letter, or was dropped, with the runs that were started', () => {
    const fields = { ...FIELDS, deliveryCount: 1 };
    const about = 'orders (workers): entry 1-0, delivery 1 of 5,';
    expect(linesOf(dead(1))).toEqual([
      ['error', `${about} went to the dead letter, max-deliveries: Error: no luck${FRAMES}`, fields],
    ]);
    expect(linesOf(dead(1), { deadLetter: undefined })).toEqual([
      ['error', `${about} was dropped (deadLetter is false), max-deliveries: Error: no luck${FRAMES}`, fields],
    ]);
  });

  it('reports a dead letter that Redis refused', () => {
    expect(linesOf({ type: 'deadLetterRefused', lease, reason: 'OOM', retryInMs: 5_000 })).toEqual([
      ['error', `${ABOUT} cannot be dead-lettered, next try in 5000 ms; its entry stays pending: OOM`, FIELDS],
    ]);
  });

  it('warns of a lost lease and of a lost group', () => {
    const why = "lost its lease: the entry is another consumer's now, or was deleted; this run settles nothing.";
    expect(linesOf({ type: 'leaseLost', lease, learnedBy: 'renewal' })).toEqual([['warn', `${ABOUT} ${why}`, FIELDS]]);
    expect(linesOf({ type: 'groupLost', lease })).toEqual([
      ['warn', `${ABOUT} lost its group; the entry may run again.`, FIELDS],
    ]);
  });

  it('warns of an entry that was deleted', () => {
    expect(linesOf({ type: 'entryDeleted', entryId: '1-0' })).toEqual([
      [
        'warn',
        'orders (workers): entry 1-0 was deleted or trimmed from the stream before it was done.',
        { stream: 'orders', group: 'workers', entryId: '1-0' },
      ],
    ]);
  });

  it('warns of what was taken over, and says whether it runs again', () => {
    const text =
      "orders (workers): took over entry 1-0 from 'gpu-7@30000ms', which has been silent for longer than its lease";
    expect(takenOver(5)).toEqual([['warn', `${text}; this is delivery 5 of 5.`, { ...FIELDS, deliveryCount: 5 }]]);
    expect(takenOver(6)).toEqual([
      ['warn', `${text}; it was started 5 times and is not again.`, { ...FIELDS, deliveryCount: 6 }],
    ]);
  });

  it('says nothing of what goes well, and asks for no event of it', () => {
    expect(linesOf({ type: 'completed', leases: [lease] })).toEqual([]);
    const log = {} as Log;
    expect(Object.keys(deliveryLog(log))).not.toContain('started');
    expect(Object.keys(deliveryLog(log))).not.toContain('completed');
  });
});
