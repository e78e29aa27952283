import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import { Disturbance } from '../pipeline/disturbance.js';
import { asQueueError, isWorthRecording, messageOf } from '../pipeline/task-errors.js';
import { InferenceStore } from '../store/inference-store.js';
import type { InferenceTask } from '../streams.js';
import { INFERENCE_TASK } from './inference-task.schema.js';

/** Answers prompts from the queue, whoever added them. */
@Controller()
export class InferenceHandler {
  constructor(
    private readonly store: InferenceStore,
    private readonly model: TextModel,
    private readonly disturbance: Disturbance,
  ) {}

  @StreamHandler('ai:inference:queue', { concurrency: 4 })
  async infer(@Payload({ schema: INFERENCE_TASK }) task: InferenceTask, @Ctx() context: StreamContext): Promise<void> {
    try {
      const state = await this.store.find(context.entryId);
      if (state?.result) return;
      const startedAt = state?.startedAt ?? new Date().toISOString();
      await this.store.start(context.entryId, { startedAt, attempts: context.deliveryCount });
      await this.run(task, context);
    } catch (error) {
      throw asQueueError(error);
    }
  }

  private async run(task: InferenceTask, context: StreamContext): Promise<void> {
    try {
      await this.disturbance.strike('The inference', context.signal);
      await this.store.complete(context.entryId, await this.model.answer(task, context.signal));
    } catch (error) {
      if (isWorthRecording(context)) await this.store.failRun(context.entryId, messageOf(error)).catch(() => false);
      throw error;
    }
  }
}
