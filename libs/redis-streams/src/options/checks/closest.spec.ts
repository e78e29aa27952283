import { expect, it } from 'vitest';
import { closest } from './closest.js';

it.each([
  ['concurency', 'concurrency'],
  ['Concurrency', 'concurrency'],
  ['leasems', 'leaseMs'],
  ['timeout', 'timeoutMs'],
  ['gruop', 'group'],
  ['ai:infernce:queue', 'ai:inference:queue'],
])('%s means %s', (name, meant) => {
  expect(closest(name, ['group', 'leaseMs', 'timeoutMs', 'concurrency', 'ai:inference:queue'])).toBe(meant);
});

it.each([
  ['priority', ['group', 'retry', 'timeoutMs']],
  ['shard:7', ['shard:1', 'shard:12']],
  ['a', ['b2', 'ccc']],
  ['mail', []],
])('%s is near to none of %j', (name, candidates) => {
  expect(closest(name, candidates)).toBeUndefined();
});

it('the nearest of several wins', () => {
  expect(closest('ordres', ['order', 'orders', 'orden'])).toBe('orders');
});
