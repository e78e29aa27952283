import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { RedisStreamsClient, RedisStreamsModule, StreamHandler } from 'nestjs-redis-streams';
import { firstValueFrom, toArray } from 'rxjs';
import type { ReplyProcessConfig, ReplyTask } from './reply-process.js';

const config = JSON.parse(process.env.REPLY!) as ReplyProcessConfig;

@Controller()
class Worker {
  /** Writes some chunks, and goes on to its end only where it is told to. */
  @StreamHandler(config.stream, { leaseMs: 1_000 })
  async *reply(@Payload() { chunks, result }: ReplyTask) {
    yield* chunks;
    if (config.holds) await new Promise(() => undefined);
    return result;
  }
}

@Module({
  imports: [RedisStreamsModule.forRoot({ consume: config.sends ? false : {} })],
  controllers: [Worker],
})
class ReplyModule {}

const app = await NestFactory.createApplicationContext(ReplyModule, { logger: false });
process.send?.('ready');
if (config.sends) {
  const replies = app.get(RedisStreamsClient).send(config.stream, config.sends);
  process.send?.({ emitted: await firstValueFrom(replies.pipe(toArray())) });
}
