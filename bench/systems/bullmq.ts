import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type FlowJob, FlowProducer, type Job, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { ANSWER, BACKOFF_MS, TASK, type Task } from '../task.js';
import { perform } from './deeds/bullmq-deeds.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer, ProducerOptions } from './system.js';

/** BullMQ through @nestjs/bullmq, with its defaults, but that it keeps no completed jobs where nobody asks for results: so it is fastest. */
export const bullmq: BenchSystem = { producer, consume, perform, unfinished, addChains };

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
    addDelayed: (task, delay) => queue.add('task', task, { delay }),
    addBulkAt: (tasks, dueAt) => {
      const opts = { delay: Math.max(0, dueAt - Date.now()) };
      return queue.addBulk(tasks.map((data) => ({ name: 'task', data, opts })));
    },
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

async function consume(options: ConsumeOptions, onTask: OnTask): Promise<void> {
  const { url, queues } = options;
  const registered = queues.map((name) => BullModule.registerQueue({ name }));
  const providers = queues.map((name) => workerOf(name, options, onTask));

  @Module({ imports: [BullModule.forRoot({ connection: { url } }), ...registered], providers })
  class WorkerModule {}

  await NestFactory.createApplicationContext(WorkerModule, { logger: false });
}

function workerOf(name: string, { concurrency, keepsResults }: ConsumeOptions, onTask: OnTask): Type {
  @Processor(name, { concurrency })
  class Worker extends WorkerHost {
    async process(job: Job<Task>): Promise<unknown> {
      const wait = onTask(job.data.requested_at, job.attemptsMade + 1);
      if (wait) await wait;
      return keepsResults ? ANSWER : undefined;
    }
  }
  return Worker;
}

const FLOWS_AT_ONCE = 200;

/** A flow for each: the job of a stage is the only child of the next stage's. All of them are there from the beginning, with the data of each. */
async function addChains(url: string, queues: readonly string[], documents: number): Promise<void> {
  const flows = new FlowProducer({ connection: { url } });
  let flow: FlowJob | undefined;
  for (const queueName of queues) {
    const opts = { removeOnComplete: true, attempts: 5, backoff: { type: 'fixed', delay: BACKOFF_MS } };
    flow = { name: 'task', queueName, data: TASK, opts, ...(flow && { children: [flow] }) };
  }
  for (let left = documents; left > 0; left -= FLOWS_AT_ONCE) {
    await flows.addBulk(Array.from({ length: Math.min(FLOWS_AT_ONCE, left) }, () => flow!));
  }
  await flows.close();
}

async function unfinished(redis: Redis, name: string): Promise<number> {
  const queue = new Queue(name, { connection: redis });
  return queue.getJobCountByTypes('active', 'waiting', 'delayed', 'prioritized', 'waiting-children');
}
