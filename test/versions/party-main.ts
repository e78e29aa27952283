import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import type { StreamContext } from 'nestjs-redis-streams';
import type { PartyConfig, PartyOrder, PartyReport, PartyTask } from './party.js';

/** A process of one version of the library: workers and producer in one, which is told what to do. */
const config = JSON.parse(process.env.PARTY!) as PartyConfig;
/** Of whichever version: what an earlier one lacks is undefined. */
const library = (await import(config.library)) as typeof import('nestjs-redis-streams');
const { RedisStreamsModule, StreamHandler, StreamProducer, StreamTasks, UnrecoverableError } = library;

function tell(report: PartyReport): void {
  process.send?.(report);
}

class TellingLogger extends ConsoleLogger {
  override log = () => undefined;
  override debug = () => undefined;
  override warn = (message: unknown) => tell({ is: 'log', text: String(message) });
  override error = (message: unknown) => tell({ is: 'log', text: String(message) });
}

let isHealed = false;

@Controller()
class Worker {
  @StreamHandler(config.stream, config.options)
  async handle(@Payload() task: PartyTask, @Ctx() context: StreamContext) {
    tell({ is: 'started', n: task.n });
    await wait(task.workMs ?? 0, undefined, { signal: context.signal });
    if (task.isSick && !isHealed) throw new UnrecoverableError('not healed yet');
    if (task.fails !== undefined && context.deliveryCount <= task.fails) throw new Error('no luck');
    if (task.forwardsTo !== undefined) context.forward(task.forwardsTo, { n: task.n });
    tell({ is: 'finished', n: task.n });
    return { n: task.n, by: config.name };
  }
}

@Controller()
class StreamingWorker {
  @StreamHandler(config.stream, config.options)
  async *stream(@Payload() { n, chunks = 0 }: PartyTask) {
    tell({ is: 'started', n });
    for (let i = 0; i < chunks; i++) {
      yield `${n}.${i} `;
      await wait(5);
    }
    tell({ is: 'finished', n });
  }
}

const controllers = config.consumes ? [config.streams ? StreamingWorker : Worker] : [];

@Module({ imports: [RedisStreamsModule.forRoot({ connection: config.url, shutdownTimeoutMs: 5_000 })], controllers })
class PartyModule {}

const app = await NestFactory.createApplicationContext(PartyModule, { logger: new TellingLogger() });
app.enableShutdownHooks();

async function obey(order: PartyOrder): Promise<unknown> {
  const { stream = config.stream, args } = order;
  if (order.does === 'add') return app.get(StreamProducer).add(stream, ...(args as [unknown]));
  if (order.does === 'heal') return (isHealed = true);
  if (order.does === 'redrive' || order.does === 'replay') return operate(order.does, stream, args);
  const tasks = app.get(StreamTasks);
  if (order.does !== 'watch') return (tasks[order.does] as (...given: unknown[]) => Promise<unknown>)(stream, ...args);
  return new Promise((resolve, reject) => {
    let text = '';
    tasks.watch<string>(stream, ...(args as [string])).subscribe({
      next: (event) => {
        if (event.type === 'restart') text = '';
        if (event.type === 'chunk') text += event.value;
        if (event.type === 'end') resolve({ text, state: event.task.state });
      },
      error: reject,
    });
  });
}

async function operate(does: 'redrive' | 'replay', stream: string, args: readonly unknown[]) {
  const [what, options] = args as [{ all: true }, { rate: number }];
  const { DeadLetters, StreamReplay } = library;
  const started =
    does === 'redrive'
      ? app.get(DeadLetters).redrive(stream, what, options)
      : app.get(StreamReplay).start(stream, what, options);
  return (await started).ended();
}

process.on('message', (order: PartyOrder) => {
  obey(order).then(
    (value) => tell({ is: 'done', order: order.order, value }),
    (error: Error) => tell({ is: 'failed', order: order.order, text: `${error.name}: ${error.message}` }),
  );
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
tell({ is: 'ready' });
