import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { BACKOFF_MS, type Task } from '../task.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer } from './system.js';

/** BullMQ through @nestjs/bullmq, with its defaults, but that it keeps no completed jobs: so it is fastest. */
export const bullmq: BenchSystem = { producer, consume, unfinished };

async function producer(url: string, name: string): Promise<Producer> {
  @Module({
    imports: [
      BullModule.forRoot({ connection: { url } }),
      BullModule.registerQueue({
        name,
        defaultJobOptions: {
          removeOnComplete: true,
          attempts: 5,
          backoff: { type: 'fixed', delay: BACKOFF_MS },
        },
      }),
    ],
  })
  class ProducerModule {}

  const app = await NestFactory.createApplicationContext(ProducerModule, { logger: false });
  const queue = app.get<Queue>(getQueueToken(name));
  return {
    add: (task) => queue.add('task', task),
    addBulk: (tasks) => queue.addBulk(tasks.map((data) => ({ name: 'task', data }))),
    close: () => app.close(),
  };
}

async function consume({ url, queues, concurrency }: ConsumeOptions, onTask: OnTask): Promise<void> {
  const [name] = queues as [string];

  @Processor(name, { concurrency })
  class Worker extends WorkerHost {
    async process(job: Job<Task>): Promise<void> {
      const wait = onTask(job.data.requested_at, job.attemptsMade + 1);
      if (wait) await wait;
    }
  }

  @Module({
    imports: [BullModule.forRoot({ connection: { url } }), BullModule.registerQueue({ name })],
    providers: [Worker],
  })
  class WorkerModule {}

  await NestFactory.createApplicationContext(WorkerModule, { logger: false });
}

async function unfinished(redis: Redis, name: string): Promise<number> {
  const queue = new Queue(name, { connection: redis });
  return queue.getJobCountByTypes('active', 'waiting', 'delayed', 'prioritized');
}
