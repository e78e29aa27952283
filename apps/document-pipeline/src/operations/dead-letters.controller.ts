import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { DeadLetters, type DeadLetterSelection, type OperationPlan } from 'nestjs-redis-streams';
import { type Queue, QUEUES } from '../streams.js';
import { REDRIVE_REQUEST, type RedriveRequest } from './redrive-request.schema.js';

/** A task that was given up, as the page tells of it. */
export interface GivenUpTask {
  readonly stream: string;
  readonly letterId: string;
  readonly entryId: string;
  readonly diedAt: string;
  readonly reason: string;
  readonly error: string;
  readonly deliveryCount: number;
}

const WITHIN_MS = 3_600_000;
const MOST = 10;
const BY = { by: 'the page', reason: 'somebody pressed a button' };

/** What was given up within the last hour, the latest first, and why; and a new life for it. */
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetters) {}

  @Get()
  async latest(): Promise<{ deadLetters: GivenUpTask[] }> {
    const tasks = (await Promise.all(QUEUES.map((stream) => this.latestOf(stream)))).flat();
    const latestFirst = tasks.toSorted((a, b) => (a.diedAt < b.diedAt ? 1 : -1));
    return { deadLetters: latestFirst.slice(0, MOST) };
  }

  /** What `redrive` would do. */
  @Post('redrive/plan')
  @HttpCode(200)
  plan(@Body({ schema: REDRIVE_REQUEST }) { stream, ids }: RedriveRequest): Promise<OperationPlan> {
    return this.letters.planRedrive(stream, selected(ids));
  }

  /** Goes on in the background, whatever becomes of this process. */
  @Post('redrive')
  @HttpCode(202)
  async redrive(@Body({ schema: REDRIVE_REQUEST }) { stream, ids }: RedriveRequest) {
    const { id } = await this.letters.redrive(stream, selected(ids), BY);
    return { id, status: 'running' };
  }

  private async latestOf(stream: Queue): Promise<GivenUpTask[]> {
    const tasks: GivenUpTask[] = [];
    const from = new Date(Date.now() - WITHIN_MS);
    for await (const { id, entry, diedAt, reason, errorText, deliveryCount } of this.letters.list(stream, { from })) {
      const task = { stream, letterId: id, entryId: entry.id, diedAt: diedAt.toISOString() };
      tasks.push({ ...task, reason, error: errorText, deliveryCount });
      if (tasks.length > MOST) tasks.shift();
    }
    return tasks;
  }
}

function selected(ids: string[] | undefined): DeadLetterSelection {
  return ids ? { ids } : { all: true };
}
