import 'reflect-metadata';
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { RedisStreamsHealthIndicator, RedisStreamsModule, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { tellMain, watchOverProcess } from './child-side.js';
import { now } from './clock.js';
import type { Question, WorkerConfig, WorkerMessage } from './messages.js';
import { perform } from './task-behaviour.js';
import type { ChaosTask } from './tasks.js';

const config = JSON.parse(process.env.CHAOS_WORKER!) as WorkerConfig;
const tell = (message: WorkerMessage) => tellMain(message);

watchOverProcess();

class TellingLogger extends ConsoleLogger {
  override log = (message: unknown) => this.tell('log', message);
  override debug = (message: unknown) => this.tell('debug', message);
  override warn = (message: unknown) => this.tell('warn', message);
  override error = (message: unknown) => this.tell('error', message);

  private tell(level: string, message: unknown): void {
    const text = String(message).split('\n')[0]!.slice(0, 400);
    // Failures and dead letters come as events of their own.
    if (/ failed, next try in | went to the dead letter, /.test(text)) return;
    tell({ event: 'logged', at: now(), level, text });
  }
}

@Controller()
class Worker {
  @StreamHandler(config.stream, config.handler)
  async handle(@Payload() task: ChaosTask, @Ctx() context: StreamContext): Promise<void> {
    const { entryId, deliveryCount } = context;
    tell({ event: 'started', at: now(), entryId, deliveryCount, n: task.n, kind: task.kind });
    let outcome: 'ok' | 'failed' = 'failed';
    try {
      await perform(task, context);
      outcome = 'ok';
    } finally {
      tell({ event: 'ended', at: now(), entryId, outcome });
    }
  }
}

@Module({
  imports: [
    RedisStreamsModule.forRoot({
      connection: config.connection,
      shutdownTimeoutMs: 3_000,
      hooks: {
        deliveryFailed: ({ entryId, retryInMs }) =>
          tell({ event: 'settled', at: now(), entryId, as: `retry in ${retryInMs} ms` }),
        handedBack: ({ entryId }) => tell({ event: 'settled', at: now(), entryId, as: 'handed back' }),
        deadLettered: ({ entryId, reason }) => tell({ event: 'settled', at: now(), entryId, as: `dead: ${reason}` }),
      },
    }),
  ],
  controllers: [Worker],
})
class WorkerModule {}

// Redis may be away for longer than a start waits: then the process ends, and its supervisor starts another.
const app = await NestFactory.createApplicationContext(WorkerModule, { logger: new TellingLogger() }).catch(
  (error: Error) => {
    tell({ event: 'logged', at: now(), level: 'error', text: `could not start: ${error.message}` });
    process.exit(1);
  },
);
app.enableShutdownHooks();
process.on('message', (question: Question) => {
  if (question !== 'health') return;
  void app
    .get(RedisStreamsHealthIndicator)
    .check('streams')
    .then(({ streams }) => tell({ event: 'health', status: streams.status, detail: JSON.stringify(streams) }));
});
tell({ event: 'ready' });
