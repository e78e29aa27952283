import { expect, it } from 'vitest';
import { subscriptionOptions, useFakeTime } from '../../../../../test/support/engine.js';
import type { DeadLetterVerdict } from '../../model/policy/retry-policy.js';
import { DEAD_LETTER_HEADERS as NAMES } from '../../wire/header-contract.js';
import { deadLetterHeaders } from './dead-letter-headers.js';

useFakeTime();

function headersFor(error: Error, more: Partial<DeadLetterVerdict> = {}): Record<string, string> {
  const verdict: DeadLetterVerdict = { kind: 'dead-letter', reason: 'max-deliveries', deliveries: 5, error, ...more };
  const list = deadLetterHeaders('1-0', verdict, subscriptionOptions());
  expect(list.length % 2).toBe(0);
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, n) => [list[2 * n]!, list[2 * n + 1]!] as const),
  );
}

it('a dead letter tells whose it was, why it failed, how often and when', () => {
  const error = new TypeError('no luck');
  const { stream, group } = subscriptionOptions();
  expect(headersFor(error, { remark: 'a filter saw it' })).toEqual({
    [NAMES.reason]: 'max-deliveries',
    [NAMES.error]: 'TypeError: no luck; a filter saw it',
    [NAMES.stream]: stream,
    [NAMES.group]: group,
    [NAMES.entryId]: '1-0',
    [NAMES.deliveries]: '5',
    [NAMES.at]: new Date().toISOString(),
    [NAMES.stack]: error.stack,
  });
});

it('an error without a stack leaves none', () => {
  const error = new Error('no luck');
  delete error.stack;
  expect(headersFor(error)).not.toHaveProperty(NAMES.stack);
});

it('a very long stack is cut, and stays text that can be written', () => {
  const error = new Error('no luck');
  error.stack = `${'x'.repeat(7_999)}😀`;
  const stack = headersFor(error)[NAMES.stack]!;
  expect(stack).toHaveLength(8_000);
  expect(stack.isWellFormed()).toBe(true);
});
