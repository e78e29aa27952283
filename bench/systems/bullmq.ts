import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Job, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { ANSWER, BACKOFF_MS, type Task } from '../task.js';
import { perform } from './deeds/bullmq-deeds.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer, ProducerOptions } from './system.js';

/** BullMQ through @nestjs/bullmq, with its defaults, but that it keeps no completed jobs where nobody asks for results: so it is fastest. */
export const bullmq: BenchSystem = { producer, consume, perform, unfinished };

async function producer(url: string, name: string, { keepsResults }: ProducerOptions = {}): Promise<Producer> {
  @Module({
    imports: [
      BullModule.forRoot({ connection: { url } }),
      BullModule.registerQueue({
        name,
        defaultJobOptions: {
          removeOnComplete: !keepsResults,
          attempts: 5,
          backoff: { type: 'fixed', delay: BACKOFF_MS },
        },
      }),
    ],
  })
  class ProducerModule {}

  const app = await NestFactory.createApplicationContext(ProducerModule, { logger: false });
  const queue = app.get<Queue>(getQueueToken(name));
  let events: QueueEvents | undefined;
  const result = (job: Job) => job.waitUntilFinished((events ??= eventsOf(queue, url)));
  return {
    run: async (task) => result(await queue.add('task', task)),
    result: (job) => result(job as Job),
    add: (task) => queue.add('task', task),
    addKeyed: (task, id) => queue.add('task', task, { deduplication: { id, ttl: 86_400_000 } }),
    addBulk: (tasks) => queue.addBulk(tasks.map((data) => ({ name: 'task', data }))),
    close: async () => {
      await events?.close();
      await app.close();
    },
  };
}

/** From the first event on, as those before its first read are missed by default. Each wait adds its listeners: thousands are no mistake. */
function eventsOf(queue: Queue, url: string): QueueEvents {
  queue.setMaxListeners(0);
  return new QueueEvents(queue.name, { connection: { url }, lastEventId: '0-0' }).setMaxListeners(0);
}

async function consume({ url, queues, concurrency, keepsResults }: ConsumeOptions, onTask: OnTask): Promise<void> {
  const [name] = queues as [string];

  @Processor(name, { concurrency })
  class Worker extends WorkerHost {
    async process(job: Job<Task>): Promise<unknown> {
      const wait = onTask(job.data.requested_at, job.attemptsMade + 1);
      if (wait) await wait;
      return keepsResults ? ANSWER : undefined;
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
