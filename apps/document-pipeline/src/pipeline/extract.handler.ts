import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { DocumentStore } from '../store/document-store.js';
import type { StageTask } from '../streams.js';
import { asLocale, detectLanguage } from '../text/language.js';
import { normalize, paragraphsOf, sentencesOf, wordsOf } from '../text/segment.js';
import { type StageOutcome, StageRunner } from './stage-runner.js';
import { STAGE_TASK } from './stage-task.schema.js';

/** Finds out what the text is: its language, paragraphs and sentences. */
@Controller()
export class ExtractHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly store: DocumentStore,
  ) {}

  // Computes: more at once would only keep the event loop, and with it the leases, waiting for longer.
  @StreamHandler('documents:extract', { concurrency: 2 })
  async extract(@Payload({ schema: STAGE_TASK }) task: StageTask, @Ctx() context: StreamContext): Promise<void> {
    await this.stages.run('extract', task.documentId, context, async ({ id }) => extract(await this.store.text(id)));
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
