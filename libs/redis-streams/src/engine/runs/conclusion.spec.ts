import { describe, expect, it } from 'vitest';
import { useFakeTime } from '../../../../../test/support/engine.js';
import { engineParts } from '../../../../../test/support/engine-parts.js';
import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { Holder, SettleReply } from '../../model/ports/settlement.js';
import type { EngineEventType } from '../events.js';
import type { Batch } from './batch.js';

useFakeTime();

const error = new Error('no luck');
const retry = (because: RetryVerdict['because']): RetryVerdict => {
  return { kind: 'retry', because, delayMs: 1_000, deliveryCount: 1, error };
};
const VERDICTS = {
  done: undefined,
  failed: retry('failure'),
  postponed: retry('postponed'),
  'handed back': retry('shutdown'),
  dead: { kind: 'dead-letter', reason: 'max-deliveries', deliveries: 1, error } satisfies DeadLetterVerdict,
};
type VerdictName = keyof typeof VERDICTS;

const LIFE = { id: 'a', restores: 0 };

/** One entry of a group in a known life, and what its settlement concluded. */
function concluded(name: VerdictName, reply: Partial<SettleReply>, wasRepeated = false) {
  const parts = engineParts();
  const { life, deliveries, conclusion, told, progress, recentlyAcked, retries } = parts;
  life.learn(LIFE);
  retries.nextIn(Infinity);
  const lease = deliveries.take('1-0', 1, performance.now());
  const verdict = VERDICTS[name];
  const batch: Batch = { done: verdict ? [] : [lease], failed: verdict ? [{ lease, verdict }] : [] };
  const sentAt = performance.now();
  const left = conclusion.conclude(
    batch,
    { lost: new Map(), failed: new Map(), cancelled: new Set(), unkept: '', wasResent: false, ...reply },
    { sentAt, wasRepeated },
  );
  return {
    left,
    events: told.types,
    isReleased: deliveries.leases.size === 0,
    finished: progress.finished,
    isRemembered: recentlyAcked.lifeOf('1-0') === LIFE,
    isRetryKnown: parts.dueClock.inMs === 1_000,
  };
}

const lostTo = (holder: Holder): Partial<SettleReply> => ({ lost: new Map([['1-0', holder]]) });

interface Row {
  readonly event: EngineEventType;
  readonly finished?: true;
  readonly remembered?: true;
  readonly retry?: true;
}

const COMPLETED: Row = { event: 'completed', finished: true, remembered: true };
const DEAD_LETTERED: Row = { event: 'deadLettered', finished: true };
const RETRY_SCHEDULED: Row = { event: 'retryScheduled', retry: true };
const HANDED_BACK: Row = { event: 'handedBack', retry: true };
const LEASE_LOST: Row = { event: 'leaseLost' };
const ENTRY_DELETED: Row = { event: 'entryDeleted' };
/** Nobody holds it: it is remembered as done, as this process has done it, but somebody else settled it. */
const LOST_AND_REMEMBERED: Row = { event: 'leaseLost', remembered: true };

/** By verdict and holder ("settled": it was carried out); where the second differs, it is the one of a settlement that was repeated. */
const TABLE: Record<VerdictName, Record<Holder | 'settled', Row | readonly [once: Row, repeated: Row]>> = {
  done: {
    settled: COMPLETED,
    nobody: [LOST_AND_REMEMBERED, COMPLETED],
    deleted: COMPLETED,
    retry: LEASE_LOST,
    another: LEASE_LOST,
  },
  failed: {
    settled: RETRY_SCHEDULED,
    nobody: LEASE_LOST,
    deleted: ENTRY_DELETED,
    retry: [LEASE_LOST, RETRY_SCHEDULED],
    another: LEASE_LOST,
  },
  postponed: {
    settled: RETRY_SCHEDULED,
    nobody: LEASE_LOST,
    deleted: ENTRY_DELETED,
    retry: [LEASE_LOST, RETRY_SCHEDULED],
    another: LEASE_LOST,
  },
  'handed back': {
    settled: HANDED_BACK,
    nobody: LEASE_LOST,
    deleted: ENTRY_DELETED,
    retry: [LEASE_LOST, HANDED_BACK],
    another: LEASE_LOST,
  },
  dead: {
    settled: DEAD_LETTERED,
    nobody: [LEASE_LOST, DEAD_LETTERED],
    deleted: [ENTRY_DELETED, DEAD_LETTERED],
    retry: LEASE_LOST,
    another: LEASE_LOST,
  },
};

describe('what the reply to a settlement means', () => {
  for (const [name, byHolder] of Object.entries(TABLE) as [VerdictName, (typeof TABLE)[VerdictName]][]) {
    for (const [holder, rows] of Object.entries(byHolder) as [Holder | 'settled', Row | readonly [Row, Row]][]) {
      for (const wasRepeated of [false, true]) {
        const row = Array.isArray(rows) ? (rows as [Row, Row])[wasRepeated ? 1 : 0] : (rows as Row);
        const where = holder === 'settled' ? 'it is settled' : `its holder is ${holder}`;
        it(`${name}, and ${where}${wasRepeated ? ', after it was repeated' : ''}: ${row.event}`, () => {
          const result = concluded(name, holder === 'settled' ? {} : lostTo(holder), wasRepeated);
          expect(result.events).toEqual([row.event]);
          expect(result.isReleased).toBe(true);
          expect(result.finished).toBe(row.finished ? 1 : 0);
          expect(result.isRemembered).toBe(row.remembered ?? false);
          expect(result.isRetryKnown).toBe(row.retry ?? false);
          expect(result.left?.again ?? { done: [], failed: [] }).toEqual({ done: [], failed: [] });
        });
      }
    }
  }
});
