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

it('a report that was not written down has no receipt, either', () => {
  expect(afterAnswers([1, 'a'], [2, ''], [3, 'c'])).toBe('a');
});

it('the receipt of its beginning speaks for the first reports, and nothing that comes later moves it', () => {
  const receipts = new ReportReceipts();
  receipts.begin('');
  expect(receipts.beforeLast).toBe('');
  receipts.begin('start');
  receipts.begin('again');
  expect(receipts.beforeLast).toBe('start');
  receipts.add(5, 'a', false);
  expect(receipts.beforeLast).toBe('start');
  receipts.begin('again');
  receipts.add(6, 'b', false);
  expect(receipts.beforeLast).toBe('a');
});
