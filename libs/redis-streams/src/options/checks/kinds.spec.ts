import { expect, it } from 'vitest';
import { bool, decimal, integer, strings, text } from './kinds.js';

const attempts = integer({ byDefault: 5, min: 1 });
const blockMs = integer({ byDefault: 5_000, min: 100, max: 60_000 });
const jitter = decimal({ byDefault: 0.2, min: 0, max: 1 });
const group = text({ byDefault: 'workers', allowed: 'a short string', fits: ({ length }) => length < 8 });

it('what is left out has its default, or no value', () => {
  expect(blockMs.read(undefined, 'x')).toBe(5_000);
  expect(integer({ min: 1 }).read(undefined, 'x')).toBeUndefined();
  expect(integer({ byDefault: Infinity, min: 1 }).read(undefined, 'x')).toBe(Infinity);
  expect(jitter.read(undefined, 'x')).toBe(0.2);
  expect(bool(true).read(undefined, 'x')).toBe(true);
  expect(group.read(undefined, 'x')).toBe('workers');
  expect(strings().read(undefined, 'x')).toBeUndefined();
});

it('what fits is taken as it is, bounds included', () => {
  for (const value of [100, 60_000]) expect(blockMs.read(value, 'x')).toBe(value);
  for (const value of [0, 0.5, 1]) expect(jitter.read(value, 'x')).toBe(value);
  expect(attempts.read(Number.MAX_SAFE_INTEGER, 'x')).toBe(Number.MAX_SAFE_INTEGER);
  expect(bool(true).read(false, 'x')).toBe(false);
  expect(group.read('', 'x')).toBe('');
  expect(strings().read(['a'], 'x')).toEqual(['a']);
});

it.each([99, 60_001, 100.5, NaN, Infinity, '5000', null])('%j is no whole number of the range', (value) => {
  expect(() => blockMs.read(value as number, 'blockMs')).toThrow(
    `blockMs must be a whole number, 100 to 60000, got ${typeof value === 'string' ? '"5000"' : String(value)}.`,
  );
});

it('the others refuse what is not of their kind, too', () => {
  expect(() => attempts.read(0, 'a')).toThrow('a must be a whole number, 1 or more, got 0.');
  expect(() => jitter.read(1.1, 'a')).toThrow('a must be a number from 0 to 1, got 1.1.');
  expect(() => jitter.read(NaN, 'a')).toThrow('got NaN');
  expect(() => bool(true).read('false' as never, 'a')).toThrow('a must be true or false, got "false".');
  expect(() => group.read('far too long', 'a')).toThrow('a must be a short string, got "far too long".');
  expect(() => group.read(7 as never, 'a')).toThrow('a must be a short string, got 7.');
  expect(() => strings().read(['a', 1] as never, 'a')).toThrow('a must be a list of strings, got ["a",1].');
});

it('each says its default and its range as people write them', () => {
  expect(blockMs).toMatchObject({ byDefault: '5,000', allowed: '100 to 60,000' });
  expect(integer({ min: 1_000 })).toMatchObject({ byDefault: 'none', allowed: '1,000 or more' });
  expect(integer({ byDefault: Infinity, min: 1 })).toMatchObject({ byDefault: 'none' });
  expect(jitter).toMatchObject({ byDefault: '0.2', allowed: '0 to 1' });
  expect(bool(false)).toMatchObject({ byDefault: '`false`' });
  expect(group).toMatchObject({ byDefault: "`'workers'`", allowed: 'a short string' });
});
