import 'reflect-metadata';
import {
  type CanActivate,
  type CallHandler,
  Controller,
  Module,
  type NestInterceptor,
  StandardSchemaValidationPipe,
  type Type,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  RedisStreamsModule,
  type StreamContext,
  StreamHandler,
  StreamProducer,
  StreamTasks,
} from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { ANSWER, BACKOFF_MS, type Task } from '../task.js';
import { perform } from './deeds/our-deeds.js';
import { unfinishedInGroup } from './group-backlog.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer } from './system.js';

/** This library in a Nest application, with its defaults. */
export const ours: BenchSystem = {
  producer,
  consume,
  perform,
  unfinished: (redis, queue) => unfinishedInGroup(redis, queue, 'workers'),
};

async function producer(url: string, queue: string): Promise<Producer> {
  const module = RedisStreamsModule.forRoot({ connection: url, consume: false });
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const streams = app.get(StreamProducer);
  const follow = app.get(StreamTasks);
  return {
    run: (task) => follow.run(queue, task),
    result: (id) => follow.result(queue, String(id), { timeoutMs: 600_000 }),
    add: (task) => streams.add(queue, task),
    addKeyed: (task, key) => streams.add(queue, task, { idempotency: { key } }),
    addBulk: (tasks) =>
      streams.addBulk(
        queue,
        tasks.map((payload) => ({ payload })),
      ),
    addDelayed: (task, delayMs) => streams.add(queue, task, { delayMs }),
    addBulkAt: (tasks, dueAt) =>
      streams.addBulk(
        queue,
        tasks.map((payload) => ({ payload, runAt: new Date(dueAt) })),
      ),
    close: () => app.close(),
  };
}

async function consume(options: ConsumeOptions, onTask: OnTask): Promise<void> {
  const { url, queues } = options;
  const controllers = queues.map((queue, n) =>
    options.isChain ? stage(queues, n, options, onTask) : workerOf(options)(queue, options, onTask),
  );

  const metrics = options.hasMetrics ? [RedisStreamsMetricsModule.forRoot({ registry: new Registry() })] : [];

  @Module({ imports: [RedisStreamsModule.forRoot({ connection: url }), ...metrics], controllers })
  class WorkerModule {}

  await NestFactory.createApplicationContext(WorkerModule, { logger: false });
}

function workerOf({ isEnhanced, tellsAttempts, keepsResults }: ConsumeOptions) {
  if (isEnhanced) return enhancedWorker;
  if (keepsResults) return answeringWorker;
  return tellsAttempts ? countingWorker : worker;
}

function handlerOptions({ concurrency, keepsAll }: ConsumeOptions) {
  const retention = keepsAll ? { retention: { maxEntries: 10_000_000 } } : {};
  return { concurrency, retry: { backoff: { initialMs: BACKOFF_MS, jitter: 0 } }, ...retention };
}

function worker(queue: string, options: ConsumeOptions, onTask: OnTask): Type {
  @Controller()
  class Worker {
    @StreamHandler(queue, handlerOptions(options))
    async handle(@Payload() task: Task): Promise<void> {
      const wait = onTask(task.requested_at, 1);
      if (wait) await wait;
    }
  }
  return Worker;
}

function countingWorker(queue: string, options: ConsumeOptions, onTask: OnTask): Type {
  @Controller()
  class CountingWorker {
    @StreamHandler(queue, handlerOptions(options))
    async handle(@Payload() task: Task, @Ctx() context: StreamContext): Promise<void> {
      const wait = onTask(task.requested_at, context.deliveryCount);
      if (wait) await wait;
    }
  }
  return CountingWorker;
}

function answeringWorker(queue: string, options: ConsumeOptions, onTask: OnTask): Type {
  @Controller()
  class AnsweringWorker {
    @StreamHandler(queue, { ...handlerOptions(options), result: { ttlMs: 3_600_000 } })
    async handle(@Payload() task: Task): Promise<object> {
      const wait = onTask(task.requested_at, 1);
      if (wait) await wait;
      return ANSWER;
    }
  }
  return AnsweringWorker;
}

/** Has its fields from the task before, as most stages do. */
function stage(queues: readonly string[], n: number, options: ConsumeOptions, onTask: OnTask): Type {
  const next = queues[n + 1];

  @Controller()
  class Stage {
    @StreamHandler(queues[n]!, handlerOptions(options))
    async handle(@Payload() task: Task, @Ctx() context: StreamContext): Promise<void> {
      const wait = onTask(task.requested_at, 1);
      if (wait) await wait;
      if (next !== undefined) context.forward(next, task);
    }
  }
  return Stage;
}

const schema = z.object({ prompt: z.string(), model: z.string(), user_id: z.string(), requested_at: z.string() });

class Guard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

class Interceptor implements NestInterceptor {
  intercept(_: unknown, next: CallHandler) {
    return next.handle();
  }
}

function enhancedWorker(queue: string, options: ConsumeOptions, onTask: OnTask): Type {
  @Controller()
  class EnhancedWorker {
    @UseGuards(Guard)
    @UseInterceptors(Interceptor)
    @UsePipes(StandardSchemaValidationPipe)
    @StreamHandler(queue, handlerOptions(options))
    async handle(@Payload({ schema }) task: Task): Promise<void> {
      const wait = onTask(task.requested_at, 1);
      if (wait) await wait;
    }
  }
  return EnhancedWorker;
}
