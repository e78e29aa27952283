import { expect, it } from 'vitest';
import { hashedEmbedding } from './embedding.js';
import { wordsOf } from './segment.js';

const embed = (text: string) => hashedEmbedding([wordsOf(text, 'en')]);
const cosine = (a: number[], b: number[]) => a.reduce((sum, value, n) => sum + value * b[n]!, 0);

it('gives the same text the same vector, of length 1', () => {
  const vector = embed('Streams keep tasks until workers have done them.');
  expect(vector).toEqual(embed('Streams keep tasks until workers have done them.'));
  expect(vector).toHaveLength(256);
  expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
});

it('puts texts that share words closer together', () => {
  const queue = embed('The queue keeps tasks for the workers.');
  const alike = embed('Workers take tasks from the queue.');
  const other = embed('Bananas ripen quickly in warm kitchens.');
  expect(cosine(queue, alike)).toBeGreaterThan(cosine(queue, other) + 0.2);
});

it('has no direction for a text without words', () => {
  expect(embed('…').every((value) => value === 0)).toBe(true);
});
