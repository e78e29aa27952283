import { expect, it } from 'vitest';
import { keywordsOf } from './keywords.js';
import { wordsOf } from './segment.js';

const words = (...sentences: string[]) => sentences.map((sentence) => wordsOf(sentence, undefined));

it('puts what is repeated first, phrases before their words, and no stop words', () => {
  const keywords = keywordsOf(
    words(
      'A consumer group reads the stream.',
      'The consumer group has workers.',
      'Each worker of the consumer group acknowledges what it has read.',
    ),
    'en',
  );
  expect(keywords[0]).toEqual({ term: 'consumer group', occurrences: 3, score: 1 });
  const terms = keywords.map(({ term }) => term);
  expect(terms).not.toContain('the');
  expect(terms).not.toContain('group');
  expect(terms.filter((term) => term.startsWith('worker'))).toHaveLength(1);
});

it('knows the stop words of other languages', () => {
  const terms = keywordsOf(words('Der Zug und die Bahn und der Zug.'), 'de').map(({ term }) => term);
  expect(terms).toEqual(['zug', 'bahn']);
});

it('finds nothing in nothing', () => {
  expect(keywordsOf([], 'en')).toEqual([]);
  expect(keywordsOf(words('the and of 42'), 'en')).toEqual([]);
});
