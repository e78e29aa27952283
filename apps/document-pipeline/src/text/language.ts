import { eld } from 'eld/small';

export interface DetectedLanguage {
  /** ISO 639-1, such as `en`; `und` where the text tells none. */
  readonly code: string;
  /** In English, such as `German`. */
  readonly name: string;
  readonly isReliable: boolean;
}

/** What a few thousand characters do not tell, a megabyte does not either. */
const SAMPLE_LENGTH = 5_000;
const NAMES = new Intl.DisplayNames('en', { type: 'language' });

/** The language that most of the text's beginning is written in. */
export function detectLanguage(text: string): DetectedLanguage {
  const detected = eld.detect(text.slice(0, SAMPLE_LENGTH));
  if (!detected.language) return { code: 'und', name: 'Unknown', isReliable: false };
  const { language: code } = detected;
  return { code, name: NAMES.of(code) ?? code, isReliable: detected.isReliable() };
}

/** The language as Intl wants it; undefined lets Intl use its general rules. */
export function asLocale(code: string): string | undefined {
  return code === 'und' ? undefined : code;
}
