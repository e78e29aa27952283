import { hashedEmbedding, LOCAL_DIMENSIONS } from '../text/embedding.js';
import { asLocale, detectLanguage } from '../text/language.js';
import { normalize, paragraphsOf, sentencesOf, wordsOf } from '../text/segment.js';
import { keySentences } from '../text/summary.js';
import { type ExtractedText, TextModel } from './text-model.js';

const EXTRACTIVE = 'local-extractive';

/** Classic algorithms that need no service: they select and count, and say so; they never pretend to understand. */
export class LocalModel extends TextModel {
  async summarize({ paragraphs, language }: ExtractedText) {
    return { model: EXTRACTIVE, summary: keySentences(paragraphs.flat(), language).join(' ') };
  }

  async embed({ paragraphs, language }: ExtractedText) {
    const words = paragraphs.flat().map((sentence) => wordsOf(sentence, asLocale(language)));
    return { model: 'local-hashing', dimensions: LOCAL_DIMENSIONS, vector: hashedEmbedding(words) };
  }

  async answer({ prompt }: { prompt: string }) {
    const text = normalize(prompt);
    const { code } = detectLanguage(text);
    const sentences = paragraphsOf(text).flatMap((paragraph) => sentencesOf(paragraph, asLocale(code)));
    return {
      model: EXTRACTIVE,
      text: keySentences(sentences, code).join(' '),
      note:
        'No language model is configured, so this is no answer: these are the sentences of the prompt that say most of ' +
        'it. Set OPENAI_BASE_URL to ask a model.',
    };
  }
}
