import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import type { StageTask } from '../streams.js';
import { keywordsOf } from '../text/keywords.js';
import { asLocale } from '../text/language.js';
import { readingStatsOf } from '../text/reading-stats.js';
import { wordsOf } from '../text/segment.js';
import { type KeptStage, STAGE_TASK } from './stage-task.js';
import { Stages } from './stages.js';

/** Finds out what the text is about, and how it reads. */
@Controller()
export class AnalyzeHandler {
  constructor(private readonly stages: Stages) {}

  // Computes: more at once would only keep the event loop, and with it the leases, waiting for longer.
  @StreamHandler('documents:analyze', { concurrency: 2 })
  analyze(
    @Payload({ schema: STAGE_TASK }) { documentId }: StageTask,
    @Ctx() context: StreamContext,
  ): Promise<KeptStage<'analyze'>> {
    return this.stages.work('analyze', documentId, context, async ({ paragraphs, language }) => {
      const sentences = paragraphs.flat().map((sentence) => wordsOf(sentence, asLocale(language)));
      return { keywords: keywordsOf(sentences, language), reading: readingStatsOf(sentences) };
    });
  }
}
