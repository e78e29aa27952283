import { Controller, Get } from '@nestjs/common';
import { StreamMonitor } from 'nestjs-redis-streams';
import { QUEUES } from '../streams.js';

/** A task that was given up, as the page tells of it. */
export interface GivenUpTask {
  readonly stream: string;
  readonly entryId: string;
  readonly diedAt: string;
  readonly reason: string;
  readonly error: string;
  readonly deliveryCount: number;
}

const WITHIN_MS = 3_600_000;
const MOST = 10;

/** What was given up within the last hour, the latest first, and why. */
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly monitor: StreamMonitor) {}

  @Get()
  async latest(): Promise<{ deadLetters: GivenUpTask[] }> {
    const tasks = (await Promise.all(QUEUES.map((stream) => this.latestOf(stream)))).flat();
    const latestFirst = tasks.toSorted((a, b) => (a.diedAt < b.diedAt ? 1 : -1));
    return { deadLetters: latestFirst.slice(0, MOST) };
  }

  private async latestOf(stream: (typeof QUEUES)[number]): Promise<GivenUpTask[]> {
    const tasks: GivenUpTask[] = [];
    const from = new Date(Date.now() - WITHIN_MS);
    for await (const { entry, diedAt, reason, errorText, deliveryCount } of this.monitor.deadLetters(stream, {
      from,
    })) {
      tasks.push({ stream, entryId: entry.id, diedAt: diedAt.toISOString(), reason, error: errorText, deliveryCount });
      if (tasks.length > MOST) tasks.shift();
    }
    return tasks;
  }
}
