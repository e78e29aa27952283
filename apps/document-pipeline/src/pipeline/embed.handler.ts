import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import type { StageTask } from '../streams.js';
import { type KeptStage, STAGE_TASK } from './stage-task.js';
import { Stages } from './stages.js';

/** Turns the text into a vector, as search and retrieval want it. */
@Controller()
export class EmbedHandler {
  constructor(
    private readonly stages: Stages,
    private readonly model: TextModel,
  ) {}

  @StreamHandler('documents:embed', { concurrency: 4 })
  embed(
    @Payload({ schema: STAGE_TASK }) { documentId }: StageTask,
    @Ctx() context: StreamContext,
  ): Promise<KeptStage<'embed'>> {
    return this.stages.work('embed', documentId, context, (text) => this.model.embed(text, context.signal));
  }
}
