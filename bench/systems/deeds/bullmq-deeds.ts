import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Job, UnrecoverableError } from 'bullmq';
import { ANSWER } from '../../task.js';
import { type Deed, nextTurn, type PerformOptions, PROGRESS, type Tally } from './deed.js';

/** Processors of BullMQ that do something. Finished jobs stay where their producer keeps results. */
export async function perform({ url, queue, concurrency, deed, tally }: PerformOptions): Promise<void> {
  const method = methodOf(deed, tally);

  @Processor(queue, { concurrency })
  class Worker extends WorkerHost {
    process(job: Job): Promise<unknown> {
      return method(job);
    }
  }

  @Module({
    imports: [BullModule.forRoot({ connection: { url } }), BullModule.registerQueue({ name: queue })],
    providers: [Worker],
  })
  class WorkerModule {}

  await NestFactory.createApplicationContext(WorkerModule, { logger: false });
}

function methodOf(deed: Deed, tally: Tally): (job: Job) => Promise<unknown> {
  switch (deed) {
    case 'nothing':
      return async () => undefined;
    case 'answer':
      return async () => ANSWER;
    case 'one progress':
      return (job) => job.updateProgress(PROGRESS);
    case 'fail':
      return async () => {
        throw new UnrecoverableError('the model refused the prompt');
      };
    case 'progress':
      return async (job) => {
        for (; !tally.isOver; tally.count++) {
          await job.updateProgress({ ...PROGRESS, step: tally.count });
          await nextTurn();
        }
      };
    case '100 tokens':
    case 'tokens':
    case 'tokens, not kept':
      throw new Error(`BullMQ has nothing for '${deed}'.`);
  }
}
