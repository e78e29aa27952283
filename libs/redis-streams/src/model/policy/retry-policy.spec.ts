import { describe, expect, it } from 'vitest';
import { DecodeError, RetryLaterError, UnrecoverableError } from '../errors/errors.js';
import { type FailedDelivery, type RetryPolicy, verdictAfterFailure, verdictBeforeStart } from './retry-policy.js';

const policy: RetryPolicy = {
  maxDeliveries: 3,
  maxAgeMs: Infinity,
  backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0 },
};
const failed = (error: Error, more: Partial<FailedDelivery> = {}): FailedDelivery => ({
  error,
  rejectedByPipe: false,
  isShutdown: false,
  deliveryCount: 1,
  ageMs: 0,
  ...more,
});

function throwing(): number {
  throw new Error('a bug in it');
}

describe('after a failure', () => {
  it('a delivery is retried with a doubling wait until maxDeliveries, then dead-lettered', () => {
    const error = new Error('x');
    const verdict = (deliveryCount: number) => verdictAfterFailure(policy, failed(error, { deliveryCount }));
    expect(verdict(1)).toMatchObject({ kind: 'retry', delayMs: 1_000, deliveryCount: 1 });
    expect(verdict(2)).toMatchObject({ kind: 'retry', delayMs: 2_000, deliveryCount: 2 });
    expect(verdict(3)).toMatchObject({ kind: 'dead-letter', reason: 'max-deliveries' });
  });

  it('RetryLaterError and a shutdown do not count', () => {
    expect(verdictAfterFailure(policy, failed(new RetryLaterError(50), { deliveryCount: 3 }))).toMatchObject({
      kind: 'retry',
      delayMs: 50,
      deliveryCount: 2,
    });
    expect(
      verdictAfterFailure(policy, failed(new Error('aborted'), { deliveryCount: 3, isShutdown: true })),
    ).toMatchObject({
      kind: 'retry',
      delayMs: 0,
      deliveryCount: 2,
    });
  });

  it('RetryLaterError ends at maxAgeMs', () => {
    const aging = { ...policy, maxAgeMs: 1_000 };
    expect(verdictAfterFailure(aging, failed(new RetryLaterError(500), { ageMs: 400 })).kind).toBe('retry');
    expect(verdictAfterFailure(aging, failed(new RetryLaterError(500), { ageMs: 501 }))).toMatchObject({
      reason: 'max-age',
    });
  });

  it('what cannot get better goes to the dead letter at once', () => {
    expect(verdictAfterFailure(policy, failed(new UnrecoverableError('x')))).toMatchObject({ reason: 'unrecoverable' });
    expect(verdictAfterFailure(policy, failed(new DecodeError('x')))).toMatchObject({ reason: 'undecodable' });
    expect(verdictAfterFailure(policy, failed(new Error('x'), { rejectedByPipe: true }))).toMatchObject({
      reason: 'rejected-by-pipe',
    });
  });

  it('a RetryLaterError whose wait is no usable number counts as one second', () => {
    const error = Object.assign(new RetryLaterError(50), { delayMs: Number.NaN });
    expect(verdictAfterFailure(policy, failed(error))).toMatchObject({ kind: 'retry', delayMs: 1_000 });
  });

  it('a backoff function that gives no usable time counts as one second', () => {
    for (const odd of [Number.NaN, -1, Infinity]) {
      expect(verdictAfterFailure({ ...policy, backoff: () => odd }, failed(new Error('x')))).toMatchObject({
        delayMs: 1_000,
      });
    }
    expect(verdictAfterFailure({ ...policy, backoff: throwing }, failed(new Error('x')))).toMatchObject({
      delayMs: 1_000,
    });
    expect(verdictAfterFailure({ ...policy, backoff: () => 1e300 }, failed(new Error('x')))).toMatchObject({
      delayMs: 2_592_000_000,
    });
    expect(verdictAfterFailure({ ...policy, backoff: (count) => count * 7 }, failed(new Error('x')))).toMatchObject({
      delayMs: 7,
    });
  });
});

it('before a start, an entry that used up its deliveries by crashes is dead-lettered', () => {
  expect(verdictBeforeStart(policy, 3)).toBeUndefined();
  expect(verdictBeforeStart(policy, 4)).toMatchObject({ reason: 'max-deliveries', deliveries: 3 });
});
