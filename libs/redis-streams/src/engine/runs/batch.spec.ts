import { describe, expect, it } from 'vitest';
import { subscriptionOptions } from '../../../../../test/support/engine.js';
import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import { Lease } from '../state/deliveries/delivery.js';
import { settleCommand, sizeOf } from './batch.js';

const error = new Error('no luck');
const RETRY: RetryVerdict = { kind: 'retry', because: 'failure', delayMs: 1_000, deliveryCount: 2, error };
const DEAD: DeadLetterVerdict = { kind: 'dead-letter', reason: 'max-deliveries', deliveries: 5, error };

const lease = (entryId: string, deliveryCount = 1) => new Lease(entryId, deliveryCount, 0);
const ids = (leases: readonly { entryId: string }[]) => leases.map(({ entryId }) => entryId);

describe('what a batch asks of the group', () => {
  it('acks for what is done, and nothing else', () => {
    const done = [lease('1-0'), lease('2-0', 3)];
    expect(settleCommand({ done, failed: [] }, subscriptionOptions())).toEqual({
      acks: done,
      retries: [],
      deadLetters: [],
    });
  });

  it('a retry with the count that this consumer holds, and the one to keep, which is never below 0', () => {
    const failed = [
      { lease: lease('1-0', 2), verdict: RETRY },
      { lease: lease('2-0', 1), verdict: { ...RETRY, deliveryCount: -1 } },
    ];
    expect(settleCommand({ done: [], failed }, subscriptionOptions()).retries).toMatchObject([
      { entryId: '1-0', deliveryCount: 2, delayMs: 1_000, keepCount: 2 },
      { entryId: '2-0', deliveryCount: 1, delayMs: 1_000, keepCount: 0 },
    ]);
  });

  it('a dead letter with its headers, and the bound of the dead-letter stream', () => {
    const failed = [{ lease: lease('1-0', 6), verdict: DEAD }];
    const options = subscriptionOptions({ deadLetter: { maxLen: 100 } });
    const [letter, ...others] = settleCommand({ done: [], failed }, options).deadLetters;
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ entryId: '1-0', deliveryCount: 6, maxLen: 100 });
    expect(letter!.headers.slice(0, 2)).toEqual([DEAD_LETTER_HEADERS.reason, 'max-deliveries']);
  });

  it('an ack instead of a dead letter, where none is kept', () => {
    const failed = [{ lease: lease('2-0'), verdict: DEAD }];
    const command = settleCommand({ done: [lease('1-0')], failed }, subscriptionOptions({ deadLetter: undefined }));
    expect(ids(command.acks)).toEqual(['1-0', '2-0']);
    expect(command.deadLetters).toEqual([]);
  });
});

it('what is not done tells others why', () => {
  const failed = [
    { lease: lease('1-0', 2), verdict: RETRY },
    { lease: lease('2-0', 1), verdict: { ...RETRY, because: 'postponed' as const } },
    { lease: lease('3-0', 1), verdict: DEAD },
    { lease: lease('4-0', 1), verdict: { kind: 'end', state: 'expired', error } as const },
  ];
  const { acks, retries, deadLetters } = settleCommand({ done: [], failed }, subscriptionOptions());
  expect([...retries, ...deadLetters, ...acks].map(({ note }) => [note!.state, ...note!.fields])).toEqual([
    [undefined, 'reason', 'failure', 'error', 'Error: no luck'],
    [undefined, 'reason', 'postponed'],
    ['dead-lettered', 'reason', 'max-deliveries', 'error', 'Error: no luck'],
    ['expired'],
  ]);
});

it('its size is all that it settles', () => {
  expect(sizeOf({ done: [lease('1-0'), lease('2-0')], failed: [{ lease: lease('3-0'), verdict: DEAD }] })).toBe(3);
});
