import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { RedisStreamsModule, StreamContext, StreamHandler } from 'nestjs-redis-streams';

/** A worker whose task charges a card once, and which dies, or waits to be told to go on, in a place of its choice. */

const { stream, place } = JSON.parse(process.env.ONCE!) as {
  stream: string;
  place: 'in it' | 'after it' | 'waits in it';
};
const ledger = new Redis(process.env.REDIS_URL!);

@Controller()
class Worker {
  @StreamHandler(stream, { leaseMs: 1_000, result: { ttlMs: 60_000 } })
  async handle(@Ctx() context: StreamContext) {
    try {
      return await this.charge(context);
    } catch (error) {
      process.send!((error as Error).name);
      throw error;
    }
  }

  private async charge(context: StreamContext) {
    const receipt = await context.once('charge', async (key) => {
      await ledger.rpush(`ledger:${stream}`, key);
      if (place === 'in it') process.kill(process.pid, 'SIGKILL');
      if (place === 'waits in it') {
        process.send!('in it');
        await new Promise((resolve) => process.once('message', resolve));
      }
      return 'first';
    });
    if (place === 'after it') process.kill(process.pid, 'SIGKILL');
    return receipt;
  }
}

@Module({ imports: [RedisStreamsModule.forRoot()], controllers: [Worker] })
class WorkerModule {}

await NestFactory.createApplicationContext(WorkerModule, { logger: false });
process.send!('ready');
