import { expect, it } from 'vitest';
import { isOwnId, newOwnId } from './own-id.js';

it('makes ids that are all different, however many', () => {
  const ids = Array.from({ length: 2_000 }, newOwnId);

  expect(ids.every(isOwnId)).toBe(true);
  expect(new Set(ids)).toHaveProperty('size', ids.length);
});
