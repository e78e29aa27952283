import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, EventPattern, type MicroserviceOptions, Payload, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { Task } from '../task.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer } from './system.js';

/** Nest's own Redis transport: publish and subscribe, fire and forget. It has no backlog and forgets what nobody hears. */
export const nestRedis: BenchSystem = { producer, consume, unfinished: () => Promise.resolve(0) };

function redisOptions(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function producer(url: string, queue: string): Promise<Producer> {
  const client = ClientProxyFactory.create({ transport: Transport.REDIS, options: redisOptions(url) });
  await client.connect();
  return {
    add: (task) => lastValueFrom(client.emit(queue, task), { defaultValue: undefined }),
    close: async () => {
      await client.close();
    },
  };
}

async function consume({ url, queues }: ConsumeOptions, onTask: OnTask): Promise<void> {
  const [queue] = queues as [string];

  @Controller()
  class Worker {
    @EventPattern(queue)
    async handle(@Payload() task: object): Promise<void> {
      const wait = onTask((task as Task).requested_at, 1);
      if (wait) await wait;
    }
  }

  @Module({ controllers: [Worker] })
  class WorkerModule {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule, {
    transport: Transport.REDIS,
    options: redisOptions(url),
    logger: false,
  });
  await app.listen();
}
