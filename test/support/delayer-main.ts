import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamProducer, StreamTasks } from 'nestjs-redis-streams';
import type { DelayerConfig } from './delayer-process.js';

const { streams, delayMs, reschedules, connection } = JSON.parse(process.env.DELAYER!) as DelayerConfig;

@Module({ imports: [RedisStreamsModule.forRoot({ connection })] })
class DelayerModule {}

const app = await NestFactory.createApplicationContext(DelayerModule, { logger: false });
const producer = app.get(StreamProducer);
const tasks = app.get(StreamTasks);
const ids = await Promise.all(
  streams.map(async (stream, n) => {
    if (!reschedules) return producer.add(stream, { n }, { delayMs });
    await tasks.reschedule(stream, reschedules[n]!, { delayMs });
    return reschedules[n]!;
  }),
);
process.send!(ids, () => process.kill(process.pid, 'SIGKILL'));
