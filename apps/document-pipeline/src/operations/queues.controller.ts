import { Controller, Get } from '@nestjs/common';
import { StreamMonitor, type StreamStats } from 'nestjs-redis-streams';
import { INFERENCE_STREAM, STAGES, streamOf } from '../streams.js';

/** How much waits, runs and has failed, stream by stream. */
@Controller('queues')
export class QueuesController {
  constructor(private readonly monitor: StreamMonitor) {}

  @Get()
  async stats(): Promise<{ queues: StreamStats[] }> {
    const streams = [...STAGES.map((stage) => streamOf(stage)), INFERENCE_STREAM];
    return { queues: await Promise.all(streams.map((stream) => this.monitor.stats(stream))) };
  }
}
