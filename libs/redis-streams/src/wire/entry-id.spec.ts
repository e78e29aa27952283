import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEntryIds, entryTimeMs, isEntryId, nextEntryId, previousEntryId } from './entry-id.js';

const part = fc.bigInt({ min: 0n, max: 18446744073709551615n });
const id = fc.tuple(part, part).map(([ms, sequence]) => `${ms}-${sequence}`);

describe('entry ids', () => {
  it('compare as pairs of 64-bit integers', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [aMs, aSequence] = a.split('-').map(BigInt) as [bigint, bigint];
        const [bMs, bSequence] = b.split('-').map(BigInt) as [bigint, bigint];
        const expected = aMs < bMs || (aMs === bMs && aSequence < bSequence) ? -1 : a === b ? 0 : 1;
        expect(Math.sign(compareEntryIds(a, b))).toBe(expected);
      }),
    );
  });

  it('have a predecessor: the greatest smaller one', () => {
    expect(previousEntryId('5-3')).toBe('5-2');
    expect(previousEntryId('5-0')).toBe('4-18446744073709551615');
    expect(previousEntryId('5')).toBe('4-18446744073709551615');
    expect(previousEntryId('0-0')).toBe('0-0');
    expect(() => previousEntryId('x')).toThrow(TypeError);
  });

  it('have a successor: the smallest greater one', () => {
    expect(nextEntryId('5-3')).toBe('5-4');
    expect(nextEntryId('5-18446744073709551615')).toBe('6-0');
    expect(nextEntryId('9007199254740993-9007199254740993')).toBe('9007199254740993-9007199254740994');
  });

  it('carry the time', () => {
    expect(entryTimeMs('1699980000000-0')).toBe(1_699_980_000_000);
    expect(isEntryId('1699980000000')).toBe(true);
    expect(isEntryId('-1')).toBe(false);
  });
});
