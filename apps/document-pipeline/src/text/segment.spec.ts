import { describe, expect, it } from 'vitest';
import { normalize, paragraphsOf, sentencesOf, wordsOf } from './segment.js';

describe('normalize', () => {
  it('gives one form to line ends, spaces and composed characters', () => {
    expect(normalize('\ufeffCafe\u0301 \t au\u00a0lait \r\nnext\u0000\r\n\r\n\r\nlast  ')).toBe(
      'Café au lait\nnext\n\n\nlast',
    );
  });

  it('makes lone surrogates storable', () => {
    expect(normalize('a\ud800b').isWellFormed()).toBe(true);
  });
});

it('paragraphs are what blank lines separate', () => {
  expect(paragraphsOf('one\nline\n\n\ntwo')).toEqual(['one line', 'two']);
});

describe('sentencesOf', () => {
  it('finds sentences', () => {
    expect(sentencesOf('It costs 3.50. Is that much? No!', 'en')).toEqual(['It costs 3.50.', 'Is that much?', 'No!']);
  });

  it('keeps every sentence whole across its windows, in time that grows with the text', () => {
    const sentence = 'The quick brown fox jumps over the lazy dog, and nobody minds it at all.';
    const sentences = sentencesOf(Array.from({ length: 5_000 }, () => sentence).join(' '), 'en');
    expect(sentences).toHaveLength(5_000);
    expect(new Set(sentences)).toEqual(new Set([sentence]));
  });

  it('cuts what never ends', () => {
    const endless = 'a'.repeat(10_001);
    expect(sentencesOf(endless, 'en').join('')).toBe(endless);
  });
});

describe('wordsOf', () => {
  it('keeps apostrophes, hyphens and decimals inside words', () => {
    expect(wordsOf("Don't re-run GPT-4 3.5 times (really).", 'en')).toEqual([
      "don't",
      're-run',
      'gpt-4',
      '3.5',
      'times',
      'really',
    ]);
  });

  it('finds words where no spaces separate them', () => {
    expect(wordsOf('我喜欢读书。', 'zh')).toEqual(['我', '喜欢', '读书']);
  });
});
