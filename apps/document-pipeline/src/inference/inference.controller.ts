import { Body, Controller, Get, HttpCode, Logger, NotFoundException, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { StreamProducer } from 'nestjs-redis-streams';
import { messageOf } from '../pipeline/task-errors.js';
import { InferenceStore } from '../store/inference-store.js';
import { INFERENCE_STREAM } from '../streams.js';
import { INFERENCE_REQUEST, type InferenceRequest } from './inference-task.schema.js';

/** Takes prompts, answers at once with a task id, and tells later what came of them. */
@Controller('inference')
export class InferenceController {
  private readonly log = new Logger('Inference');

  constructor(
    private readonly producer: StreamProducer,
    private readonly store: InferenceStore,
  ) {}

  @Post()
  @HttpCode(202)
  async request(
    @Body({ schema: INFERENCE_REQUEST }) request: InferenceRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const requestedAt = new Date().toISOString();
    const id = await this.producer.add(INFERENCE_STREAM, { ...request, requested_at: requestedAt });
    // The task is accepted by now; without this record its id is unknown until a worker starts it.
    await this.store.accept(id, requestedAt).catch((error: unknown) => this.log.warn(messageOf(error)));
    const self = `/inference/${id}`;
    response.location(self);
    return { id, status: 'queued', links: { self } };
  }

  @Get(':id')
  async find(@Param('id') id: string) {
    const state = /^\d{1,20}-\d{1,20}$/.test(id) ? await this.store.find(id) : undefined;
    if (!state) throw new NotFoundException('There is no inference task with this id, or its result has expired.');
    return state;
  }
}
