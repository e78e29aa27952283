import { Controller, Get } from '@nestjs/common';
import { StreamMonitor, type StreamStats } from 'nestjs-redis-streams';
import { QUEUES } from '../streams.js';

/** How much waits, runs and has failed, stream by stream. */
@Controller('queues')
export class QueuesController {
  constructor(private readonly monitor: StreamMonitor) {}

  @Get()
  async stats(): Promise<{ queues: StreamStats[] }> {
    return { queues: await Promise.all(QUEUES.map((stream) => this.monitor.stats(stream))) };
  }
}
