import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { RedisStreamsModule, StreamContext, StreamHandler, StreamSchedule } from 'nestjs-redis-streams';
import type { WorkerConfig, WorkerEvent, WorkerResult, WorkerTask } from './worker-process.js';

const config = JSON.parse(process.env.WORKER!) as WorkerConfig;

if (config.clockOffMs) setClockOff(config.clockOffMs);

function setClockOff(byMs: number): void {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...given: []) {
      super(...(given.length === 0 ? ([RightDate.now() + byMs] as unknown as []) : given));
    }
    static override now = () => RightDate.now() + byMs;
  } as DateConstructor;
}

function tell(event: WorkerEvent): void {
  process.send?.(event);
}

class TellingLogger extends ConsoleLogger {
  override log = () => undefined;
  override debug = () => undefined;
  override warn = (message: unknown) => tell({ event: 'log', message: String(message) });
  override error = (message: unknown) => tell({ event: 'log', message: String(message) });
}

@Controller()
class Worker {
  @StreamHandler(config.stream, config.options)
  async handle(@Payload() payload: WorkerTask, @Ctx() context: StreamContext): Promise<WorkerResult> {
    const { entryId, deliveryCount } = context;
    tell({ event: 'started', entryId, deliveryCount });
    if (payload.killsAfterMs) {
      await wait(Number(payload.killsAfterMs));
      process.kill(process.pid, 'SIGKILL');
    }
    if (payload.untilAborted) await aborted(context);
    await wait(Number(payload.workMs ?? config.taskMs ?? 0));
    const until = performance.now() + (config.busyMs ?? 0);
    while (performance.now() < until) Math.sqrt(until);
    tell({ event: 'finished', entryId, deliveryCount });
    if (payload.forwardsTo) context.forward(payload.forwardsTo, { of: context.taskId });
    // When it has returned, before it is settled.
    if (payload.killsAtEndOf === String(deliveryCount)) queueMicrotask(() => process.kill(process.pid, 'SIGKILL'));
    return { pid: process.pid, deliveryCount };
  }
}

if (config.schedule) StreamSchedule(config.schedule, config.stream, { n: 1 }, { name: 'plan' })(Worker);

@Controller()
class StreamingWorker {
  @StreamHandler(config.stream, config.options)
  async *stream(@Ctx() { entryId, deliveryCount }: StreamContext) {
    tell({ event: 'started', entryId, deliveryCount });
    for (let n = 0; n < config.tokens!; n++) {
      yield `token ${n}`;
      if (config.taskMs || n % 50 === 0) await wait(config.taskMs ?? 0);
    }
    tell({ event: 'finished', entryId, deliveryCount });
    return config.tokens;
  }
}

/** Rejects with the reason when the run is told to end. */
function aborted({ entryId, signal }: StreamContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      tell({ event: 'aborted', entryId, message: String(signal.reason), at: Date.now() });
      reject(signal.reason as Error);
    });
  });
}

const metrics = config.hasMetrics ? await import('./worker-metrics.js') : undefined;

@Module({
  imports: [
    RedisStreamsModule.forRoot({ connection: config.cluster ?? config.url, shutdownTimeoutMs: 5_000 }),
    ...(metrics ? [metrics.metricsModule] : []),
  ],
  controllers: [config.tokens ? StreamingWorker : Worker],
})
class WorkerModule {}

const app = await NestFactory.createApplicationContext(WorkerModule, { logger: new TellingLogger() });
app.enableShutdownHooks();
tell({ event: 'ready', ...(metrics && { port: await metrics.answerScrapes() }) });
