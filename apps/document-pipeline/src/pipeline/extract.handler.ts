import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import type { NewDocument } from '../streams.js';
import { asLocale, detectLanguage } from '../text/language.js';
import { normalize, paragraphsOf, sentencesOf, wordsOf } from '../text/segment.js';
import { type KeptStage, NEW_DOCUMENT, type StageOutcome } from './stage-task.js';
import { Stages } from './stages.js';

/** Finds out what the text is: its language, paragraphs and sentences. */
@Controller()
export class ExtractHandler {
  constructor(private readonly stages: Stages) {}

  // Computes: more at once would only keep the event loop, and with it the leases, waiting for longer.
  @StreamHandler('documents:extract', { concurrency: 2 })
  extract(
    @Payload({ schema: NEW_DOCUMENT }) { title, text }: NewDocument,
    @Ctx() context: StreamContext,
  ): Promise<KeptStage<'extract'>> {
    return this.stages.extract(context, title, () => extract(text));
  }
}

function extract(text: string): StageOutcome<'extract'> {
  const normalized = normalize(text);
  const language = detectLanguage(normalized);
  const locale = asLocale(language.code);
  const paragraphs = paragraphsOf(normalized).map((paragraph) => sentencesOf(paragraph, locale));
  return {
    paragraphs,
    result: {
      language,
      characters: normalized.length,
      words: wordsOf(normalized, locale).length,
      sentences: paragraphs.flat().length,
      paragraphs: paragraphs.length,
    },
  };
}
