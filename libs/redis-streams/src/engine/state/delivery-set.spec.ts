import { describe, expect, it } from 'vitest';
import type { Delivery } from '../runs/delivery.js';
import { DeliverySet } from './delivery-set.js';

function delivery(entryId: string): Delivery {
  return { entryId, position: -1 } as Delivery;
}

function idsOf(set: DeliverySet): string[] {
  return [...set].map(({ entryId }) => entryId).toSorted();
}

describe('DeliverySet', () => {
  it('holds each delivery once, and gives back all but the deleted ones', () => {
    const set = new DeliverySet();
    const [a, b, c] = ['1-0', '2-0', '3-0'].map(delivery) as [Delivery, Delivery, Delivery];
    for (const each of [a, b, c, b]) set.add(each);
    expect(set.size).toBe(3);

    expect(set.delete(a)).toBe(true);
    expect(set.delete(a)).toBe(false);
    expect(idsOf(set)).toEqual(['2-0', '3-0']);
    expect([set.has(a), set.has(b), set.has(c)]).toEqual([false, true, true]);
  });

  it('takes a deleted delivery again, and knows two of one id apart', () => {
    const set = new DeliverySet();
    const [first, second] = [delivery('1-0'), delivery('1-0')];
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
      const set = new DeliverySet();
      const all = ['1-0', '2-0', '3-0'].map(delivery);
      for (const each of all) set.add(each);
      for (const n of order) expect(set.delete(all[n]!)).toBe(true);
      expect(idsOf(set)).toEqual([]);
    }
  });
});
