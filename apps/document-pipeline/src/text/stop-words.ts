import * as stopword from 'stopword';

const BY_LANGUAGE = new Map<string, ReadonlySet<string>>();
for (const [name, list] of Object.entries(stopword)) {
  // The lists are named by ISO 639-2 (`deu`); Intl knows the two-letter form (`de`).
  if (Array.isArray(list) && /^[a-z]{3}$/.test(name)) {
    BY_LANGUAGE.set(Intl.getCanonicalLocales(name)[0]!, new Set(list as string[]));
  }
}
const NONE: ReadonlySet<string> = new Set();
/** The package's English list is its shortest: these are missing from it. */
const MORE_ENGLISH =
  'again against ago almost already although always among anyone anything around away become becomes below better cannot ' +
  'done down during each either else enough even ever every everyone everything few first further gets give given goes ' +
  'going gone hers herself however instead its itself just keep keeps last later least less let lets long longer made ' +
  'makes may mean means myself near need needs neither next no nobody nor not nothing off often once one onto ours ' +
  'ourselves own part per perhaps put quite rather says see seems shall she so something soon sure take taken takes ' +
  'themselves thus together toward towards two unless until upon us used uses using usually want wants went whatever when ' +
  'whenever whether whole whom whose why will within without yes yet yours yourself';
BY_LANGUAGE.set('en', new Set([...(BY_LANGUAGE.get('en') ?? []), ...MORE_ENGLISH.split(' ')]));

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
