import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { StreamSchedules, StreamTasks, type TaskPage } from 'nestjs-redis-streams';
import { DIGEST_SCHEDULE, DIGEST_STREAM } from '../streams.js';
import type { Digest, KeptDigest } from './digest.js';

/** Digests come by themselves every hour, so that two hours hold the latest of them. */
const LOOK_BACK_MS = 2 * 3_600_000;

export interface DigestsReply {
  /** The one that was made last. */
  readonly latest: Digest | null;
  /** When the next one is made. */
  readonly nextAt: string | null;
}

/** What the hours brought. */
@Controller('digests')
export class DigestsController {
  constructor(
    private readonly tasks: StreamTasks,
    private readonly schedules: StreamSchedules,
  ) {}

  @Get()
  async find(): Promise<DigestsReply> {
    const [latest, schedules] = await Promise.all([this.latest(), this.schedules.list(DIGEST_STREAM)]);
    const schedule = schedules.find(({ name }) => name === DIGEST_SCHEDULE);
    return { latest, nextAt: schedule?.nextAt?.toISOString() ?? null };
  }

  /** Makes one now, beside those that the clock makes. */
  @Post()
  @HttpCode(202)
  async make() {
    const id = await this.schedules.trigger(DIGEST_STREAM, DIGEST_SCHEDULE);
    return { id, status: 'queued', links: { digests: '/digests' } };
  }

  private async latest(): Promise<Digest | null> {
    let latest: Digest | null = null;
    let from: string | undefined = `${Date.now() - LOOK_BACK_MS}-0`;
    while (from !== undefined) {
      const page: TaskPage = await this.tasks.list(DIGEST_STREAM, { state: 'completed', from });
      for (const task of page.tasks) {
        if (task.state === 'completed' && task.hasResult) latest = (task.result as KeptDigest).digest;
      }
      from = page.next;
    }
    return latest;
  }
}
