import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import type { InferenceTask } from '../streams.js';
import { Runs } from '../tasks/runs.js';
import type { KeptInference } from './inference-state.js';
import { INFERENCE_TASK } from './inference-task.schema.js';

/** Answers prompts from the queue, whoever added them. */
@Controller()
export class InferenceHandler {
  constructor(
    private readonly model: TextModel,
    private readonly runs: Runs,
  ) {}

  @StreamHandler('ai:inference:queue', { concurrency: 4 })
  infer(
    @Payload({ schema: INFERENCE_TASK }) task: InferenceTask,
    @Ctx() context: StreamContext,
  ): Promise<KeptInference> {
    return this.runs.run('The inference', context, async () => ({
      result: await this.model.answer(task, context.signal),
    }));
  }
}
