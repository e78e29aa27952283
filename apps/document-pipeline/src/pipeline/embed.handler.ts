import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import type { StageTask } from '../streams.js';
import { ExtractedTexts } from './extracted-texts.js';
import { StageRunner } from './stage-runner.js';
import { STAGE_TASK } from './stage-task.schema.js';

/** Turns the text into a vector, as search and retrieval want it. */
@Controller()
export class EmbedHandler {
  constructor(
    private readonly stages: StageRunner,
    private readonly texts: ExtractedTexts,
    private readonly model: TextModel,
  ) {}

  @StreamHandler('documents:embed', { concurrency: 4 })
  async embed(@Payload({ schema: STAGE_TASK }) task: StageTask, @Ctx() context: StreamContext): Promise<void> {
    await this.stages.run('embed', task.documentId, context, async (document) => ({
      result: await this.model.embed(await this.texts.of(document), context.signal),
    }));
  }
}
