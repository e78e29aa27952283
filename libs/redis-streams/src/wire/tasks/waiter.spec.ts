import { expect, it } from 'vitest';
import { uniqueProcessName } from '../consumer-name.js';
import { waiterAmong, waiterOf } from './waiter.js';

it('is the process that an entry names', () => {
  const me = uniqueProcessName();
  expect(waiterOf(me)).toBe(me);
  expect(waiterAmong(['a', '1', '~.keep', me])).toBe(me);
  expect(waiterAmong(['a', '~.keep', 'b', me])).toBeUndefined();
  expect(waiterAmong([])).toBeUndefined();
});

it.each([
  undefined,
  '',
  'anybody',
  'gpu:1:0123abcd@30000ms',
  'two words:1:0123abcd',
  'gpu:1:0123ABCD',
  'gpu:1:0123abcd\n',
  `${'x'.repeat(300)}:1:0123abcd`,
])('is nobody where the header says %j', (header) => {
  expect(waiterOf(header)).toBeUndefined();
});
