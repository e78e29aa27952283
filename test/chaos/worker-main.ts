import 'reflect-metadata';
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  type DeliveryEvent,
  RedisStreamsHealthIndicator,
  RedisStreamsModule,
  StreamContext,
  StreamHandler,
} from 'nestjs-redis-streams';
import { tellMain, watchOverProcess } from './child-side.js';
import { now } from './clock.js';
import { chat } from './life/chat.js';
import type { Answer, Question, RunOutcome, ToldEnd, WorkerConfig, WorkerMessage } from './messages.js';
import { perform } from './task-behaviour.js';
import { trafficControllers } from './traffic/controllers.js';
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
  async handle(@Payload() task: ChaosTask, @Ctx() context: StreamContext): Promise<Answer> {
    const { entryId } = context;
    const { run, ended } = started(config.stream, task, context);
    try {
      await perform(task, context);
    } catch (error) {
      ended('failed');
      throw error;
    }
    ended('ok', run);
    return { entryId, text: run };
  }

  @StreamHandler(config.chats, { ...config.handler, result: { ttlMs: 3_600_000 } })
  async *chat(@Payload() task: ChaosTask, @Ctx() context: StreamContext): AsyncGenerator<string, Answer> {
    const { entryId } = context;
    const { run, ended } = started(config.chats, task, context);
    let text: string | undefined;
    try {
      text = yield* chat(task, context, run);
      return { entryId, text };
    } finally {
      ended(text === undefined ? 'failed' : 'ok', text);
    }
  }
}

/** Tells that a run begins. @returns a name that no other run has, and how to tell its end */
function started(stream: string, { n, kind }: ChaosTask, { entryId, deliveryCount }: StreamContext) {
  const at = now();
  tell({ event: 'started', at, stream, entryId, deliveryCount, n, kind });
  const ended = (outcome: RunOutcome, text?: string) =>
    tell({ event: 'ended', at: now(), stream, entryId, outcome, text });
  return { run: `${process.pid}/${entryId}/${at}`, ended };
}

function settled({ stream, entryId }: DeliveryEvent, as: string, end?: ToldEnd): void {
  tell({ event: 'settled', at: now(), stream, entryId, as, end });
}

@Module({
  imports: [
    RedisStreamsModule.forRoot({
      connection: config.connection,
      shutdownTimeoutMs: 3_000,
      hooks: {
        completed: (event) => settled(event, 'completed', 'completed'),
        deliveryFailed: (event) => settled(event, `retry in ${event.retryInMs} ms`),
        postponed: (event) => settled(event, `postponed for ${event.retryInMs} ms`),
        handedBack: (event) => settled(event, 'handed back'),
        deadLettered: (event) => settled(event, `dead: ${event.reason}`, 'dead-lettered'),
        cancelled: (event) => settled(event, 'cancelled', 'cancelled'),
        expired: (event) => settled(event, 'expired', 'expired'),
      },
    }),
  ],
  controllers: [Worker, ...trafficControllers(config.traffic, { ...config, tell })],
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
const health = app.get(RedisStreamsHealthIndicator);
/** Why this process was to be restarted, at any time: no fault is a reason. */
const deaths = new Set<string>();
// As a platform probes it.
setInterval(() => {
  for (const reason of health.liveness('live').live.reasons) deaths.add(reason);
  void health.readiness('ready', { maxBacklog: 1_000_000 });
}, 500).unref();

async function answerHealth(): Promise<void> {
  const { streams } = await health.check('streams');
  const { ready } = await health.readiness('ready');
  const isWell = streams.status === 'up' && ready.status === 'up' && deaths.size === 0;
  const detail = JSON.stringify({ ...streams, ready: ready.reasons, deaths: [...deaths] });
  tell({ event: 'health', status: isWell ? 'up' : 'down', detail });
}

process.on('message', (question: Question) => {
  if (question === 'health') void answerHealth();
});
tell({ event: 'ready' });
