import { expect, it } from 'vitest';
import { keySentences } from './summary.js';

const TEXT = [
  'Queues keep tasks for workers.',
  'Bananas are yellow.',
  'Workers take tasks from queues and finish tasks one after the other.',
  'When workers crash, queues give their tasks to other workers.',
  'It rained.',
];

it('takes the sentences that share most with the others, in the order of the text', () => {
  expect(keySentences(TEXT, 'en', 3)).toEqual([TEXT[0], TEXT[2], TEXT[3]]);
});

it('leaves short texts as they are', () => {
  expect(keySentences(['One.', 'Two.'], 'en', 3)).toEqual(['One.', 'Two.']);
});

it('says a repeated sentence once', () => {
  const repeated = [...TEXT, ...TEXT, ...TEXT];
  expect(new Set(keySentences(repeated, 'en', 3)).size).toBe(3);
});

it('gets through a book', () => {
  const book = Array.from(
    { length: 8_000 },
    (_, n) => `Sentence ${n} speaks of topic${n % 97} and of matter${n % 13}.`,
  );
  expect(keySentences(book, 'en', 3)).toHaveLength(3);
});
