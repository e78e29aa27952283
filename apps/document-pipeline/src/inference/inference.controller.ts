import { Body, Controller, Get, HttpCode, NotFoundException, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { StreamProducer, StreamTasks } from 'nestjs-redis-streams';
import { INFERENCE_STREAM, isTaskId } from '../streams.js';
import { type InferenceState, inferenceStateOf } from './inference-state.js';
import { INFERENCE_REQUEST, type InferenceRequest } from './inference-task.schema.js';

/** Takes prompts, answers at once with a task id, and tells later what came of them. */
@Controller('inference')
export class InferenceController {
  constructor(
    private readonly producer: StreamProducer,
    private readonly tasks: StreamTasks,
  ) {}

  @Post()
  @HttpCode(202)
  async request(
    @Body({ schema: INFERENCE_REQUEST }) request: InferenceRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const id = await this.producer.add(INFERENCE_STREAM, { ...request, requested_at: new Date().toISOString() });
    const self = `/inference/${id}`;
    response.location(self);
    return { id, status: 'queued', links: { self } };
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<InferenceState> {
    const state = isTaskId(id) ? inferenceStateOf(await this.tasks.get(INFERENCE_STREAM, id)) : undefined;
    if (!state) throw new NotFoundException('There is no inference task with this id, or its result has expired.');
    return state;
  }
}
