import { setTimeout as wait } from 'node:timers/promises';
import { hashedEmbedding, LOCAL_DIMENSIONS } from '../text/embedding.js';
import { asLocale, detectLanguage } from '../text/language.js';
import { normalize, paragraphsOf, sentencesOf, wordsOf } from '../text/segment.js';
import { keySentences } from '../text/summary.js';
import type { ChatMessage } from '../streams.js';
import { type ExtractedText, TextModel } from './text-model.js';

const EXTRACTIVE = 'local-extractive';

const RECITAL =
  'No language model is configured here, so nobody has understood it, and what follows is always the same. These words come ' +
  'from a worker, one after the other. It gathers them for some thirty milliseconds and appends them to a stream in Redis, ' +
  'which this page reads through any process of the API. Reload the page: the answer goes on, as it never depended on your ' +
  'connection. Kill the worker: another one takes the task over within seconds, you are told that it starts over, and the ' +
  'half sentence of the dead one is void. Press stop: the task is cancelled, and its worker is free for the next one before ' +
  'it would have come to the end of this sentence. To talk to a model, set OPENAI_BASE_URL.';

/** Classic algorithms that need no service: they select and count, and say so; they never pretend to understand. */
export class LocalModel extends TextModel {
  /** @param wordMs how long a chat's answer takes for each word */
  constructor(private readonly wordMs: number) {
    super();
  }

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

  async *converse(messages: readonly ChatMessage[], signal: AbortSignal) {
    const question = normalize(messages.at(-1)?.content ?? '').slice(0, 200);
    for (const word of `You wrote: “${question}” ${RECITAL}`.split(/(?<= )/)) {
      await wait(this.wordMs, undefined, { signal });
      yield word;
    }
  }
}
