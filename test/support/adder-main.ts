import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamProducer } from 'nestjs-redis-streams';

/** A process that adds one task many times at once, by one key, when it is told to, and tells the ids. */

const { stream, key, times } = JSON.parse(process.env.ADDER!) as { stream: string; key: string; times: number };

@Module({ imports: [RedisStreamsModule.forRoot()] })
class AdderModule {}

const app = await NestFactory.createApplicationContext(AdderModule, { logger: false });
const producer = app.get(StreamProducer);
process.on('message', () => {
  const adds = Array.from({ length: times }, () => producer.add(stream, { n: 1 }, { idempotency: { key } }));
  void Promise.all(adds).then((ids) => process.send!(ids));
});
process.send!('ready');
