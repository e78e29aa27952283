import { contentWords } from './stop-words.js';

export interface Keyword {
  readonly term: string;
  /** Relative to the best one, which has 1. */
  readonly score: number;
  readonly occurrences: number;
}

const LONGEST_PHRASE = 3;

/**
 * Key phrases by the idea of RAKE (Rose et al., 2010): stop words cut sentences into phrases, and a word weighs by the
 * company it keeps. Here a phrase counts by its occurrences too, so that a long text's one-off phrases do not win.
 */
export function keywordsOf(sentences: readonly (readonly string[])[], language: string, limit = 10): Keyword[] {
  const phrases = new Map<string, { words: string[]; count: number }>();
  const frequency = new Map<string, number>();
  const degree = new Map<string, number>();
  for (const words of sentences) {
    for (const phrase of phrasesOf(words, language)) {
      for (const word of phrase) {
        frequency.set(word, (frequency.get(word) ?? 0) + 1);
        degree.set(word, (degree.get(word) ?? 0) + phrase.length);
      }
      const term = phrase.join(' ');
      const known = phrases.get(term);
      if (known) known.count++;
      else phrases.set(term, { words: phrase, count: 1 });
    }
  }
  const weight = (word: string) => Math.log2(1 + frequency.get(word)!) * (degree.get(word)! / frequency.get(word)!);
  const scored = [...phrases].map(([term, { words, count }]) => ({
    term,
    occurrences: count,
    raw: (words.reduce((sum, word) => sum + weight(word), 0) / Math.sqrt(words.length)) * Math.sqrt(count),
  }));
  scored.sort((a, b) => b.raw - a.raw || (a.term < b.term ? -1 : 1));
  const best = withoutRepeats(scored, limit);
  return best.map(({ term, occurrences, raw }) => ({ term, occurrences, score: round(raw / best[0]!.raw) }));
}

function* phrasesOf(words: readonly string[], language: string): Generator<string[]> {
  const content = new Set(contentWords(words, language));
  let phrase: string[] = [];
  for (const word of words) {
    if (content.has(word)) phrase.push(word);
    if (phrase.length > 0 && (!content.has(word) || phrase.length === LONGEST_PHRASE)) {
      yield phrase;
      phrase = [];
    }
  }
  if (phrase.length > 0) yield phrase;
}

/** `queue` says nothing new beside `task queue`. */
function withoutRepeats<T extends { term: string }>(scored: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const candidate of scored) {
    if (kept.length === limit) break;
    const isKnown = kept.some(
      ({ term }) => ` ${term} `.includes(` ${candidate.term} `) || ` ${candidate.term} `.includes(` ${term} `),
    );
    if (!isKnown) kept.push(candidate);
  }
  return kept;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
