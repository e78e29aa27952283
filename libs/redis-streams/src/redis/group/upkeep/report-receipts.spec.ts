import { expect, it } from 'vitest';
import { ReportReceipts } from './report-receipts.js';

function afterAnswers(...answers: readonly [finished: number, receipt: string, wasResent?: boolean][]): string {
  const receipts = new ReportReceipts();
  for (const [finished, receipt, wasResent = false] of answers) receipts.add(finished, receipt, wasResent);
  return receipts.beforeLast;
}

it('the receipt before the last one is of the report before the last one', () => {
  expect(afterAnswers()).toBe('');
  expect(afterAnswers([1, 'a'])).toBe('');
  expect(afterAnswers([1, 'a'], [2, 'b'])).toBe('a');
  expect(afterAnswers([1, 'a'], [2, 'b'], [3, 'c'])).toBe('b');
});

it('the same number again is the same report, with the receipt of the last time', () => {
  expect(afterAnswers([1, 'a'], [1, 'b'])).toBe('');
  expect(afterAnswers([1, 'a'], [1, 'b'], [2, 'c'])).toBe('b');
});

it('a report that was sent twice has no receipt: the one before it stands', () => {
  expect(afterAnswers([1, 'a'], [2, 'b', true])).toBe('');
  expect(afterAnswers([1, 'a'], [2, 'b', true], [3, 'c'])).toBe('a');
});
