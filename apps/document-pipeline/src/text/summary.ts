import { asLocale } from './language.js';
import { wordsOf } from './segment.js';
import { contentWords } from './stop-words.js';

interface Candidate {
  readonly index: number;
  readonly words: ReadonlySet<string>;
  /** How frequent the sentence's words are in the text, on average. */
  readonly salience: number;
}

/** TextRank compares all pairs: of a long text only the most salient sentences take part. */
const MOST_CANDIDATES = 150;
const DAMPING = 0.85;
const ROUNDS = 40;

/**
 * The sentences that say most of a text, in its own order: TextRank (Mihalcea and Tarau, 2004), where sentences that
 * share content words vote for each other.
 */
export function keySentences(sentences: readonly string[], language: string, count = 3): string[] {
  if (sentences.length <= count) return [...sentences];
  const candidates = candidatesOf(sentences, language);
  const ranks = rank(candidates);
  const best = candidates
    .map(({ index, salience }, n) => ({ index, score: ranks[n]! * salience }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index);
  const chosen: number[] = [];
  for (const { index } of best) {
    if (chosen.length === count) break;
    if (!chosen.some((other) => sentences[other] === sentences[index])) chosen.push(index);
  }
  return chosen.toSorted((a, b) => a - b).map((index) => sentences[index]!);
}

function candidatesOf(sentences: readonly string[], language: string): Candidate[] {
  const contents = sentences.map((sentence) => contentWords(wordsOf(sentence, asLocale(language)), language));
  const frequency = new Map<string, number>();
  for (const word of contents.flat()) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  return contents
    .map((words, index) => {
      const total = words.reduce((sum, word) => sum + Math.log2(1 + frequency.get(word)!), 0);
      // A heading of one frequent word is no summary, nor is a sentence that goes on for ever.
      return { index, words: new Set(words), salience: total / Math.max(8, words.length) };
    })
    .toSorted((a, b) => b.salience - a.salience || a.index - b.index)
    .slice(0, MOST_CANDIDATES);
}

/** PageRank over the sentences' similarities, by repeated voting. */
function rank(candidates: readonly Candidate[]): number[] {
  const votes = candidates.map((from) => candidates.map((to) => (from === to ? 0 : similarity(from.words, to.words))));
  const totals = votes.map((row) => row.reduce((sum, vote) => sum + vote, 0));
  let ranks = candidates.map(() => 1);
  for (let round = 0; round < ROUNDS; round++) {
    const before = ranks;
    ranks = candidates.map((_, to) => {
      const received = before.reduce((sum, own, from) => {
        const total = totals[from]!;
        return total === 0 ? sum : sum + (own * votes[from]![to]!) / total;
      }, 0);
      return 1 - DAMPING + DAMPING * received;
    });
  }
  return ranks;
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const word of small) if (large.has(word)) shared++;
  return shared / (Math.log2(1 + a.size) + Math.log2(1 + b.size));
}
