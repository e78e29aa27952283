import { expect, it } from 'vitest';
import { subscriptionOptions, useFakeTime } from '../../../../../test/support/engine.js';
import { RetryLaterError, ShutdownError, HandlerTimeoutError } from '../../model/errors/errors.js';
import { HandlerFailure } from '../../model/handler.js';
import { ACK } from '../../model/policy/retry-policy.js';
import { verdictOnError, verdictOnResult } from './verdicts.js';

useFakeTime();

const FAILED = { entryId: '1-0', deliveryCount: 2 };

it('what a handler returns is kept, and of nothing no verdict is made', () => {
  expect(verdictOnResult(undefined)).toBe(ACK);
  for (const result of [null, 0, '', false, { n: 1 }]) expect(verdictOnResult(result)).toEqual({ kind: 'ack', result });
});

it('the age of an entry is what its id tells', () => {
  const { retry } = subscriptionOptions();
  const options = subscriptionOptions({ retry: { ...retry, maxAgeMs: 10_000 } });
  const ofAge = (ageMs: number) =>
    verdictOnError({ entryId: `${Date.now() - ageMs}-0`, deliveryCount: 1 }, new RetryLaterError(4_000), options);
  expect(ofAge(6_000)).toMatchObject({ kind: 'retry', because: 'postponed' });
  expect(ofAge(6_001)).toMatchObject({ kind: 'dead-letter', reason: 'max-age' });
});

function verdictOnAborted(abortReason: Error) {
  return verdictOnError({ ...FAILED, abortReason }, new Error('aborted'), subscriptionOptions());
}

it('only a shutdown makes an aborted run uncounted', () => {
  expect(verdictOnAborted(new ShutdownError('stop'))).toMatchObject({
    because: 'shutdown',
    deliveryCount: 1,
    delayMs: 0,
  });
  expect(verdictOnAborted(new HandlerTimeoutError('late'))).toMatchObject({ because: 'failure', deliveryCount: 2 });
});

it('without a remark, none is made', () => {
  const failure = new HandlerFailure(new Error('no luck'), false, undefined);
  expect(verdictOnError(FAILED, failure, subscriptionOptions())).not.toHaveProperty('remark');
});
