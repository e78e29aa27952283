import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import type { StageTask } from '../streams.js';
import { keywordsOf } from '../text/keywords.js';
import { asLocale } from '../text/language.js';
import { readingStatsOf } from '../text/reading-stats.js';
import { wordsOf } from '../text/segment.js';
import { ExtractedTexts } from './extracted-texts.js';
import { StageRunner } from './stage-runner.js';
import { STAGE_TASK } from './stage-task.schema.js';

/** Finds out what the text is about, and how it reads. */
@Controller()
export class AnalyzeHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly texts: ExtractedTexts,
  ) {}

  // Computes: more at once would only keep the event loop, and with it the leases, waiting for longer.
  @StreamHandler('documents:analyze', { concurrency: 2 })
  async analyze(@Payload({ schema: STAGE_TASK }) task: StageTask, @Ctx() context: StreamContext): Promise<void> {
    await this.stages.run('analyze', task.documentId, context, async (document) => {
      const { paragraphs, language } = await this.texts.of(document);
      const sentences = paragraphs.flat().map((sentence) => wordsOf(sentence, asLocale(language)));
      return { result: { keywords: keywordsOf(sentences, language), reading: readingStatsOf(sentences) } };
    });
  }
}
