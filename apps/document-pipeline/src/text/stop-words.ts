import * as stopword from 'stopword';

const BY_LANGUAGE = new Map<string, ReadonlySet<string>>();
for (const [name, list] of Object.entries(stopword)) {
  // The lists are named by ISO 639-2 (`deu`); Intl knows the two-letter form (`de`).
  if (Array.isArray(list) && /^[a-z]{3}$/.test(name)) {
    BY_LANGUAGE.set(Intl.getCanonicalLocales(name)[0]!, new Set(list as string[]));
  }
}
const NONE: ReadonlySet<string> = new Set();

/** The words of a language that say little by themselves; empty for a language without a list. */
export function stopWordsOf(language: string): ReadonlySet<string> {
  return BY_LANGUAGE.get(language) ?? NONE;
}

/** The words that carry meaning: no stop words, no single letters, no bare numbers. */
export function contentWords(words: readonly string[], language: string): string[] {
  const stopWords = stopWordsOf(language);
  return words.filter((word) => !stopWords.has(word) && !/^[\d.-]+$/.test(word) && isLongEnough(word));
}

function isLongEnough(word: string): boolean {
  return word.length > 1 || /\p{Script=Han}/u.test(word);
}
