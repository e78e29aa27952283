import 'reflect-metadata';
import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AddBulkError,
  AddOutcomeUnknownError,
  NotReplicatedError,
  RedisStreamsModule,
  StreamProducer,
  StreamTasks,
} from 'nestjs-redis-streams';
import { tellMain, watchOverProcess } from './child-side.js';
import { now } from './clock.js';
import { chooseFollowUp, type FollowUp } from './life/follow-up.js';
import { Follower } from './life/follower.js';
import type { ProducerConfig, ProducerMessage, Question } from './messages.js';
import { seededRandom } from './random.js';
import { type ChaosTask, isChat, makeTask } from './tasks.js';
import { trafficSources } from './traffic/adding/sources.js';

const TICK_MS = 20;
/** Every so often a tick's tasks go out in one addBulk. */
const BULK_EVERY = 10;

const config = JSON.parse(process.env.CHAOS_PRODUCER!) as ProducerConfig;
const tell = (message: ProducerMessage) => tellMain(message);

watchOverProcess();

@Module({ imports: [RedisStreamsModule.forRoot({ connection: config.connection, consume: false })] })
class ProducerModule {}

const app = await NestFactory.createApplicationContext(ProducerModule, {
  logger: new ConsoleLogger({ logLevels: ['fatal'] }),
});
const producer = app.get(StreamProducer);
const random = seededRandom(config.seed);
const streamTasks = app.get(StreamTasks);
const follower = new Follower(streamTasks, random, tell);
const underWay = new Set<Promise<void>>();
const startedAt = performance.now();
let made = 0;
let ticks = 0;

const ticker = setInterval(tick, TICK_MS);
const traffic = trafficSources({
  ...{ producer, tasks: streamTasks, random: seededRandom(config.seed), minReplicas: config.minReplicas },
  tell: (fact) => tell({ event: 'traffic', fact }),
  ownNames: `${config.first}-`,
  config: config.traffic,
});
process.on('message', (question: Question) => {
  if (question === 'finish') void finish();
  if (question === 'conclude') void conclude();
});
tell({ event: 'ready' });

function tick(): void {
  const owed = Math.floor(((performance.now() - startedAt) / 1_000) * config.rate) - made;
  const tasks = Array.from({ length: owed }, () =>
    makeTask(random, config.first + made++ * config.step, config.leaseMs, Date.now()),
  );
  if (ticks++ % BULK_EVERY === 0) {
    track(addTogether(tasks.filter(({ kind }) => !isChat(kind))));
    for (const task of tasks) if (isChat(task.kind)) track(addOne(task));
  } else {
    for (const task of tasks) track(addOne(task));
  }
}

function streamOf({ kind }: ChaosTask): string {
  return isChat(kind) ? config.chats : config.stream;
}

function track(add: Promise<void>): void {
  const tracked = add.finally(() => underWay.delete(tracked));
  underWay.add(tracked);
}

async function addOne(task: ChaosTask): Promise<void> {
  const stream = streamOf(task);
  const followUp = chooseFollowUp(random, task.kind);
  const options = { minReplicas: config.minReplicas, ttlMs: followUp.ttlMs };
  try {
    if (followUp.awaits === 'run') {
      await follower.run({ stream, task }, options, (id) => accepted(task, id, followUp));
    } else {
      const id = await producer.add(stream, task, options);
      accepted(task, id, followUp);
      follower.follow({ stream, task, id }, followUp);
    }
  } catch (error) {
    rejected(task, error as Error);
  }
}

async function addTogether(tasks: readonly ChaosTask[]): Promise<void> {
  try {
    const ids = await producer.addBulk(
      config.stream,
      tasks.map((payload) => ({ payload })),
    );
    for (const [index, task] of tasks.entries()) acceptedInBulk(task, ids[index]!);
  } catch (error) {
    for (const [index, task] of tasks.entries()) {
      const outcome = error instanceof AddBulkError ? error.outcomes[index]! : { error: error as Error };
      if (outcome.error) rejected(task, outcome.error);
      else acceptedInBulk(task, outcome.id);
    }
  }
}

function accepted(task: ChaosTask, id: string, { ttlMs }: FollowUp = {}): void {
  const { n, kind } = task;
  tell({ event: 'accepted', at: now(), stream: streamOf(task), n, id, kind, ttlMs });
}

/** `addBulk` waits for no replica. */
function acceptedInBulk(task: ChaosTask, id: string): void {
  if (config.minReplicas > 0) tell({ event: 'unreplicated', stream: config.stream, n: task.n });
  else accepted(task, id);
}

function rejected(task: ChaosTask, error: Error): void {
  const { n } = task;
  const stream = streamOf(task);
  if (error instanceof AddOutcomeUnknownError) tell({ event: 'unknown', stream, n });
  else if (error instanceof NotReplicatedError) tell({ event: 'unreplicated', stream, n });
  else tell({ event: 'refused', stream, n, error: `${error.name}: ${error.message}` });
}

/** Stops adding, and tells when every add has its outcome. */
async function finish(): Promise<void> {
  clearInterval(ticker);
  await Promise.all([...underWay, ...traffic.map((source) => source.stop())]);
  tell({ event: 'finished' });
}

/** Tells when nobody waits for anything any more. */
async function conclude(): Promise<void> {
  await follower.allEnded();
  tell({ event: 'concluded' });
}
