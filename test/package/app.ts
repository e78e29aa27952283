import 'reflect-metadata';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import {
  RedisStreamsHealthIndicator,
  RedisStreamsModule,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  StreamProducer,
} from 'nestjs-redis-streams';

/** An application of a user of the published package: it compiles strictly, runs a task twice, and stops. */

declare module 'nestjs-redis-streams' {
  interface StreamPayloads {
    'package:greetings': { name: string };
  }
}

@Injectable()
class Greetings {
  readonly said: string[] = [];
}

@Controller()
class GreetingWorker {
  constructor(private readonly greetings: Greetings) {}

  @StreamHandler('package:greetings', { retry: { backoff: { initialMs: 10 } } })
  async greet(@Payload() { name }: { name: string }, @Ctx() context: StreamContext): Promise<void> {
    this.greetings.said.push(`${name} ${context.deliveryCount}`);
    if (context.deliveryCount === 1) throw new Error('once more');
  }
}

@Module({
  imports: [
    RedisStreamsModule.forRootAsync({
      useFactory: () => ({ connection: process.env.REDIS_URL, shutdownTimeoutMs: 1_000 }),
    }),
    TerminusModule,
  ],
  controllers: [GreetingWorker],
  providers: [Greetings],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
await app.get(StreamProducer).add('package:greetings', { name: 'Ada' });
const deadline = Date.now() + 10_000;
const { said } = app.get(Greetings);
while (said.length < 2 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
const indicator = app.get(RedisStreamsHealthIndicator);
const { queue } = await indicator.check('queue');
const { status: probed } = await app
  .get(HealthCheckService)
  .check([() => indicator.liveness('live'), () => indicator.readiness('ready', { maxBacklog: 10 })]);
const { entries } = await app.get(StreamMonitor).stats('package:greetings');
await app.close();

const result = JSON.stringify({ said, status: queue.status, probed, entries });
console.log(result);
if (result !== '{"said":["Ada 1","Ada 2"],"status":"up","probed":"ok","entries":1}') process.exitCode = 1;
