import { Body, Controller, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { type GroupBacklog, StreamGroups, StreamMonitor, type StreamOverview } from 'nestjs-redis-streams';
import { type Queue, QUEUES } from '../streams.js';
import { PAUSE_REQUEST, type PauseRequest } from './pause-request.schema.js';
import { workersOf, type WorkerState } from './workers.js';

interface Queues {
  readonly queues: readonly StreamOverview[];
  readonly workers: readonly WorkerState[];
}

/** What waits, runs and has failed, stream by stream, who works on it, or why nobody does; and whether workers take on more. */
@Controller('queues')
export class QueuesController {
  constructor(
    private readonly monitor: StreamMonitor,
    private readonly groups: StreamGroups,
  ) {}

  @Get()
  async overview(): Promise<Queues> {
    const queues = await Promise.all(QUEUES.map((stream) => this.monitor.overview(stream)));
    return { queues, workers: workersOf(queues) };
  }

  /** One number to scale workers by. */
  @Get(':stream/backlog')
  backlog(@Param('stream') stream: string): Promise<GroupBacklog> {
    return this.monitor.backlog(queueOf(stream));
  }

  @Post(':stream/pause')
  @HttpCode(200)
  async pause(@Param('stream') stream: string, @Body({ schema: PAUSE_REQUEST }) { reason }: PauseRequest) {
    return await this.groups.pause(queueOf(stream), { by: 'the page', ...(reason && { reason }) });
  }

  @Post(':stream/resume')
  @HttpCode(200)
  async resume(@Param('stream') stream: string) {
    return { ended: (await this.groups.resume(queueOf(stream))) ?? null };
  }
}

function queueOf(stream: string): Queue {
  const queue = QUEUES.find((one) => one === stream);
  if (!queue) throw new NotFoundException(`There is no queue '${stream}'. There are: ${QUEUES.join(', ')}.`);
  return queue;
}
