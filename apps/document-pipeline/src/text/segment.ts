/** Scripts that put no spaces between words: there a dictionary has to find them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’\-.][\p{L}\p{M}\p{N}]+)*/gu;
/** Intl.Segmenter needs time in the square of its input: a megabyte at once would block the process for minutes. */
const WINDOW = 2_000;

/** One form for all that looks the same: composed characters, plain line ends and spaces, no control characters. */
export function normalize(text: string): string {
  return (
    text
      .toWellFormed()
      .normalize('NFC')
      .replace(/\r\n?|[\u2028\u0085]/g, '\n')
      .replace(/\u2029/g, '\n\n')
      // oxlint-disable-next-line no-control-regex -- they are what has to go
      .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f\u00ad\u200b\u2060\ufeff]/g, '')
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .trim()
  );
}

/** The paragraphs of a normalised text: what blank lines separate, line breaks inside taken for spaces. */
export function paragraphsOf(text: string): string[] {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\n/g, ' ').trim())
    .filter((paragraph) => paragraph.length > 0);
}

/** The sentences of one paragraph, in order. */
export function sentencesOf(paragraph: string, language: string | undefined): string[] {
  const segmenter = segmenterFor(language, 'sentence');
  const sentences: string[] = [];
  for (let start = 0; start < paragraph.length;) {
    const found = Array.from(segmenter.segment(paragraph.slice(start, start + WINDOW)), ({ segment }) => segment);
    const reachesEnd = start + WINDOW >= paragraph.length;
    // The window may cut the last sentence in two: it is the first of the next window, unless it fills this one.
    if (!reachesEnd && found.length > 1) found.pop();
    for (const sentence of found) {
      start += sentence.length;
      const trimmed = sentence.trim();
      if (trimmed) sentences.push(trimmed);
    }
  }
  return sentences;
}

/** The words of a text in lower case, numbers included. */
export function wordsOf(text: string, language: string | undefined): string[] {
  const words: string[] = [];
  for (const [run] of text.matchAll(WORD)) {
    if (UNSPACED.test(run)) addDictionaryWords(run, language, words);
    else words.push(run.toLowerCase());
  }
  return words;
}

function addDictionaryWords(run: string, language: string | undefined, words: string[]): void {
  const segmenter = segmenterFor(language, 'word');
  for (let start = 0; start < run.length; start += WINDOW) {
    for (const { segment, isWordLike } of segmenter.segment(run.slice(start, start + WINDOW))) {
      if (isWordLike) words.push(segment.toLowerCase());
    }
  }
}

const segmenters = new Map<string, Intl.Segmenter>();

/** Making one takes longer than using it on a short paragraph. */
function segmenterFor(language: string | undefined, granularity: 'sentence' | 'word'): Intl.Segmenter {
  const key = `${granularity} ${language}`;
  const known = segmenters.get(key) ?? new Intl.Segmenter(language, { granularity });
  segmenters.set(key, known);
  return known;
}
