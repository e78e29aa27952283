import { describe, expect, it } from 'vitest';
import type { Lease } from './delivery.js';
import { LeaseSet } from './lease-set.js';

function lease(entryId: string): Lease {
  return { entryId, position: -1 } as Lease;
}

function idsOf(set: LeaseSet): string[] {
  return [...set].map(({ entryId }) => entryId).toSorted();
}

describe('LeaseSet', () => {
  it('holds each lease once, and gives back all but the deleted ones', () => {
    const set = new LeaseSet();
    const [a, b, c] = ['1-0', '2-0', '3-0'].map(lease) as [Lease, Lease, Lease];
    for (const each of [a, b, c, b]) set.add(each);
    expect(set.size).toBe(3);

    expect(set.delete(a)).toBe(true);
    expect(set.delete(a)).toBe(false);
    expect(idsOf(set)).toEqual(['2-0', '3-0']);
    expect([set.has(a), set.has(b), set.has(c)]).toEqual([false, true, true]);
  });

  it('takes a deleted lease again, and knows two of one id apart', () => {
    const set = new LeaseSet();
    const [first, second] = [lease('1-0'), lease('1-0')];
    set.add(first);
    expect(set.has(second)).toBe(false);
    expect(set.delete(second)).toBe(false);
    set.delete(first);
    set.add(first);
    set.add(second);
    expect(set.size).toBe(2);
  });

  it('is empty after any order of deleting', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const set = new LeaseSet();
      const all = ['1-0', '2-0', '3-0'].map(lease);
      for (const each of all) set.add(each);
      for (const n of order) expect(set.delete(all[n]!)).toBe(true);
      expect(idsOf(set)).toEqual([]);
    }
  });
});
