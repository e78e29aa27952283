export interface ReadingStats {
  /** At 240 words a minute, a usual pace for silent reading. */
  readonly readingSeconds: number;
  readonly averageSentenceWords: number;
  readonly longestSentenceWords: number;
  readonly distinctWords: number;
  /** Distinct words among all, 0 to 1. */
  readonly lexicalDiversity: number;
}

const WORDS_PER_MINUTE = 240;

/** Counts on a text given as the words of its sentences. */
export function readingStatsOf(sentences: readonly (readonly string[])[]): ReadingStats {
  const words = sentences.flat();
  const distinctWords = new Set(words).size;
  return {
    readingSeconds: Math.ceil((words.length / WORDS_PER_MINUTE) * 60),
    averageSentenceWords: round(words.length / Math.max(1, sentences.length)),
    longestSentenceWords: sentences.reduce((longest, sentence) => Math.max(longest, sentence.length), 0),
    distinctWords,
    lexicalDiversity: round(distinctWords / Math.max(1, words.length)),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
