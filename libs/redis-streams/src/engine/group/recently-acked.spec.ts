import { expect, it } from 'vitest';
import { RecentlyAcked } from './recently-acked.js';

const LIFE = { id: 'a', restores: 0 };
const LATER = { id: 'a', restores: 1 };

function withAcked(count: number): RecentlyAcked {
  const acked = new RecentlyAcked();
  for (let n = 1; n <= count; n++) acked.add(`${n}-0`, LIFE);
  return acked;
}

it('what was never acked has no life', () => {
  expect(new RecentlyAcked().lifeOf('1-0')).toBeUndefined();
  expect(withAcked(3).lifeOf('4-0')).toBeUndefined();
});

it('what was acked has the life in which it was; that of an unknown life has none', () => {
  const acked = withAcked(3);
  acked.add('4-0', undefined);
  expect(acked.lifeOf('1-0')).toBe(LIFE);
  expect(acked.lifeOf('4-0')).toBeUndefined();
});

it('of one that was acked twice the latest life counts', () => {
  const acked = withAcked(3);
  acked.add('2-0', LATER);
  expect(acked.lifeOf('2-0')).toBe(LATER);
});

it('the last 4,096 are remembered', () => {
  const acked = withAcked(4_097);
  expect(acked.lifeOf('1-0')).toBeUndefined();
  expect(acked.lifeOf('2-0')).toBe(LIFE);
  expect(acked.lifeOf('4097-0')).toBe(LIFE);
});

it.each([4_095, 4_096, 4_097])(
  'of one that was acked twice the latest counts beyond the end of the list, too: %d',
  (count) => {
    const acked = withAcked(count - 1);
    acked.add('4090-0', LATER);
    expect(acked.lifeOf('4090-0')).toBe(LATER);
    acked.add('5000-0', LIFE);
    expect(acked.lifeOf('4090-0')).toBe(LATER);
  },
);
