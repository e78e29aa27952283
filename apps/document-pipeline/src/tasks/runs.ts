import { Injectable } from '@nestjs/common';
import type { StreamContext } from 'nestjs-redis-streams';
import { Disturbance } from './disturbance.js';
import type { KeptRun } from './run-state.js';
import { asQueueError } from './task-errors.js';

/**
 * What the handlers of tasks have in common: each tells when its run began, as the task's progress, and returns that with
 * what it has made, as the task's result. So the queue itself knows all that is asked about a task.
 */
@Injectable()
export class Runs {
  constructor(private readonly disturbance: Disturbance) {}

  async run<Made extends object>(
    what: string,
    context: StreamContext,
    work: () => Promise<Made>,
  ): Promise<KeptRun & Made> {
    const run: KeptRun = { startedAt: new Date().toISOString(), attempts: context.deliveryCount };
    context.progress(run);
    try {
      await this.disturbance.strike(what, context.signal);
      return { ...run, ...(await work()) };
    } catch (error) {
      throw asQueueError(error);
    }
  }
}
