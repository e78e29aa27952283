import { contentWords } from './stop-words.js';

export interface Keyword {
  readonly term: string;
  /** Relative to the best one, which has 1. */
  readonly score: number;
  readonly occurrences: number;
}

interface Candidate {
  readonly term: string;
  readonly length: number;
  readonly occurrences: number;
}

const LONGEST_PHRASE = 3;

/**
 * The words and phrases that a text keeps coming back to. As in RAKE (Rose et al., 2010) stop words cut sentences into
 * phrases; a phrase of several words counts only when it is repeated, and then for more than its words alone.
 */
export function keywordsOf(sentences: readonly (readonly string[])[], language: string, limit = 10): Keyword[] {
  const scored = candidatesOf(sentences, language)
    .map(({ term, length, occurrences }) => ({ term, occurrences, raw: occurrences * length ** 2 }))
    .toSorted((a, b) => b.raw - a.raw || b.term.length - a.term.length || (a.term < b.term ? -1 : 1));
  const best = withoutRepeats(scored, limit);
  return best.map(({ term, occurrences, raw }) => ({ term, occurrences, score: round(raw / best[0]!.raw) }));
}

function candidatesOf(sentences: readonly (readonly string[])[], language: string): Candidate[] {
  const counts = new Map<string, { length: number; occurrences: number }>();
  for (const words of sentences) {
    for (const run of contentRuns(words, language)) {
      for (let start = 0; start < run.length; start++) {
        for (let length = 1; length <= Math.min(LONGEST_PHRASE, run.length - start); length++) {
          const term = run.slice(start, start + length).join(' ');
          const known = counts.get(term);
          if (known) known.occurrences++;
          else counts.set(term, { length, occurrences: 1 });
        }
      }
    }
  }
  return [...counts]
    .map(([term, count]) => ({ term, ...count }))
    .filter(({ length, occurrences }) => length === 1 || occurrences > 1);
}

function* contentRuns(words: readonly string[], language: string): Generator<string[]> {
  const content = new Set(contentWords(words, language));
  let run: string[] = [];
  for (const word of words) {
    if (content.has(word)) {
      run.push(word);
    } else if (run.length > 0) {
      yield run;
      run = [];
    }
  }
  if (run.length > 0) yield run;
}

/** `queue` says nothing new beside `task queue`, nor `tasks` beside `task`: endings of one or two letters tell little. */
function withoutRepeats<T extends { term: string }>(scored: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const candidate of scored) {
    if (kept.length === limit) break;
    if (!kept.some(({ term }) => isVariant(term, candidate.term))) kept.push(candidate);
  }
  return kept;
}

function isVariant(a: string, b: string): boolean {
  if (` ${a} `.includes(` ${b} `) || ` ${b} `.includes(` ${a} `)) return true;
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  const longestEnding = Math.max(a.length, b.length) - shared;
  const isWholeWord = shared === Math.min(a.length, b.length);
  return longestEnding <= 2 && shared >= (isWholeWord ? 3 : 5);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
