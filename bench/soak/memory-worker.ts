import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamHandler } from 'nestjs-redis-streams';

export interface MemoryReport {
  readonly handled: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Only tells how far it is. */
  readonly isProgress: boolean;
}

const reportEvery = Number(process.env.REPORT_EVERY);
let handled = 0;

function report(isProgress: boolean): void {
  if (!isProgress) globalThis.gc?.();
  const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
  process.send?.({ handled, heapBytes, rssBytes, isProgress } satisfies MemoryReport);
}

@Controller()
class Worker {
  @StreamHandler(process.env.STREAM!, { concurrency: 100 })
  async handle(): Promise<void> {
    handled++;
    if (handled % 1_000 === 0) report(handled % reportEvery !== 0);
  }
}

@Module({ imports: [RedisStreamsModule.forRoot()], controllers: [Worker] })
class WorkerModule {}

const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['error'] });
app.enableShutdownHooks();
