import { expect, it } from 'vitest';
import { together } from './together.js';

interface Books {
  readonly count: number;
  readonly found: readonly string[];
  readonly byKind: Readonly<Record<string, number>>;
  readonly worst: { readonly ms: number } | undefined;
}

it('sums numbers and joins lists, however deep, and takes what only one has', () => {
  const one: Books = { count: 1, found: ['a'], byKind: { x: 1, y: 2 }, worst: undefined };
  const other: Books = { count: 2, found: ['b'], byKind: { y: 3, z: 4 }, worst: { ms: 5 } };
  const both = { count: 3, byKind: { x: 1, y: 5, z: 4 }, worst: { ms: 5 } };
  expect(together([one, other])).toEqual({ ...both, found: ['a', 'b'] });
  expect(together([other, one])).toEqual({ ...both, found: ['b', 'a'] });
});
