import { expect, it } from 'vitest';
import { assertTaskId } from './task-id.js';

it.each(['1699980000000-0', '0-1', '18446744073709551615-18446744073709551615'])('%s is one', (id) => {
  expect(() => assertTaskId(id, 'get')).not.toThrow();
});

it.each(['', '5', '5-', '05-0', '5-00', '18446744073709551616-0', '0-99999999999999999999', ' 5-0', '5-0\n', 5, null])(
  '%j is none',
  (id) => {
    expect(() => assertTaskId(id, "get('s')")).toThrow(/^get\('s'\): a task id is what add returned, such as/);
  },
);
