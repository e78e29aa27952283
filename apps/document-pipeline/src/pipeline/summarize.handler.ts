import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import type { StageTask } from '../streams.js';
import { type KeptStage, STAGE_TASK } from './stage-task.js';
import { Stages } from './stages.js';

/** Says the text in a few sentences. */
@Controller()
export class SummarizeHandler {
  constructor(
    private readonly stages: Stages,
    private readonly model: TextModel,
  ) {}

  @StreamHandler('documents:summarize', { concurrency: 4 })
  summarize(
    @Payload({ schema: STAGE_TASK }) { documentId }: StageTask,
    @Ctx() context: StreamContext,
  ): Promise<KeptStage<'summarize'>> {
    return this.stages.work('summarize', documentId, context, (text) => this.model.summarize(text, context.signal));
  }
}
