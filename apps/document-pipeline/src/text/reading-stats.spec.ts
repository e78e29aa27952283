import { expect, it } from 'vitest';
import { readingStatsOf } from './reading-stats.js';

it('counts', () => {
  expect(readingStatsOf([['a', 'b', 'a'], ['c']])).toEqual({
    readingSeconds: 1,
    averageSentenceWords: 2,
    longestSentenceWords: 3,
    distinctWords: 3,
    lexicalDiversity: 0.75,
  });
});

it('has numbers for nothing, too', () => {
  expect(readingStatsOf([])).toMatchObject({ readingSeconds: 0, averageSentenceWords: 0, lexicalDiversity: 0 });
});
