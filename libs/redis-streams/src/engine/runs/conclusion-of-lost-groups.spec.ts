import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { type EngineParts, engineParts } from '../../../../../test/support/engine-parts.js';
import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { Holder, SettleReply } from '../../model/ports/settlement.js';
import type { Lease } from '../state/deliveries/delivery.js';
import type { Batch } from './batch.js';

useFakeTime();

const error = new Error('no luck');
const RETRY: RetryVerdict = { kind: 'retry', because: 'failure', delayMs: 1_000, deliveryCount: 1, error };
const DEAD: DeadLetterVerdict = { kind: 'dead-letter', reason: 'max-deliveries', deliveries: 1, error };
const VERDICTS = [undefined, RETRY, DEAD];

const FIRST_LIFE = { id: 'a', restores: 0 };
const RESTORED = { id: 'a', restores: 1 };

/** A group in its first life, of which one entry is held. */
async function oneHeld() {
  const parts = engineParts();
  parts.life.learn(FIRST_LIFE);
  await pass(10);
  return { ...parts, lease: parts.deliveries.take('1-0', 1, performance.now()) };
}

function batchOf(lease: Lease, verdict?: RetryVerdict | DeadLetterVerdict): Batch {
  return { done: verdict ? [] : [lease], failed: verdict ? [{ lease, verdict }] : [] };
}

function reply(holder?: Holder, failed: ReadonlyMap<string, string> = new Map()): SettleReply {
  return { lost: new Map(holder && [['1-0', holder]]), failed, cancelled: new Set(), unkept: '', wasResent: false };
}

const concludeNow = ({ conclusion }: Pick<EngineParts, 'conclusion'>, batch: Batch, answer: SettleReply) =>
  conclusion.conclude(batch, answer, { sentAt: performance.now(), wasRepeated: false });

describe('the group was lost and restored', () => {
  it('after an entry was taken, which nobody holds now: the group is told to be lost, not the lease', async () => {
    for (const verdict of VERDICTS) {
      const parts = await oneHeld();
      await pass(10);
      parts.life.learn(RESTORED);
      concludeNow(parts, batchOf(parts.lease, verdict), reply('nobody'));
      expect(parts.told.types).toEqual(['groupLost']);
      expect(parts.deliveries.leases.size).toBe(0);
    }
  });

  it('before an entry was taken: its lease is lost', async () => {
    const parts = await oneHeld();
    parts.life.learn(RESTORED);
    const lease = parts.deliveries.take('1-0', 1, performance.now());
    concludeNow(parts, batchOf(lease), reply('nobody'));
    expect(parts.told.types).toEqual(['leaseLost']);
  });

  it('after an entry was given here: what is acked is remembered with the life that it was given in', async () => {
    const parts = await oneHeld();
    await pass(10);
    parts.life.learn(RESTORED);
    concludeNow(parts, batchOf(parts.lease), reply());
    expect(parts.recentlyAcked.lifeOf('1-0')).toBe(FIRST_LIFE);
  });

  it('and brought an entry once more that was acked before, and is again: nothing is told, and it counts once', async () => {
    const parts = await oneHeld();
    concludeNow(parts, batchOf(parts.lease), reply());
    const again = parts.deliveries.take('1-0', 1, performance.now());
    concludeNow(parts, batchOf(again), reply('nobody'));
    expect(parts.told.types).toEqual(['completed']);
    expect([parts.progress.finished, parts.deliveries.leases.size]).toEqual([1, 0]);
  });

  it('and gave an entry again after its settlement was sent: that is settled once more, and nothing is told', async () => {
    for (const verdict of VERDICTS) {
      const { conclusion, deliveries, lease, told } = await oneHeld();
      const sentAt = performance.now();
      await pass(1);
      deliveries.giveAgain(lease, 1, performance.now());
      const batch = batchOf(lease, verdict);
      const left = conclusion.conclude(batch, reply('nobody'), { sentAt, wasRepeated: false });
      expect(left).toEqual({ again: batch, refused: [] });
      expect([...deliveries.leases]).toEqual([lease]);
      expect(told.all).toEqual([]);
    }
  });

  it('and gave an entry again, though another has it now: its lease is lost', async () => {
    const { conclusion, deliveries, lease, told } = await oneHeld();
    const sentAt = performance.now();
    await pass(1);
    deliveries.giveAgain(lease, 1, performance.now());
    conclusion.conclude(batchOf(lease), reply('another'), { sentAt, wasRepeated: false });
    expect(told.types).toEqual(['leaseLost']);
  });
});

it('a dead letter that was refused stays held, and is given back', async () => {
  const parts = await oneHeld();
  const batch = batchOf(parts.lease, DEAD);
  const left = concludeNow(parts, batch, reply(undefined, new Map([['1-0', 'OOM']])));
  expect(left).toEqual({ again: { done: [], failed: [] }, refused: batch.failed });
  expect([...parts.deliveries.leases]).toEqual([parts.lease]);
  expect(parts.told.all).toEqual([]);
});

it('all that one reply acked is told at once, without what was lost', async () => {
  const parts = await oneHeld();
  const others = ['2-0', '3-0'].map((id) => parts.deliveries.take(id, 1, performance.now()));
  concludeNow(parts, { done: [parts.lease, ...others], failed: [] }, reply('another'));
  expect(parts.told.of('completed')).toEqual([{ type: 'completed', leases: others }]);
  expect(parts.told.of('leaseLost')).toEqual([{ type: 'leaseLost', lease: parts.lease, learnedBy: 'settlement' }]);
});
