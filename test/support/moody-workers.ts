import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, type StreamHandlerOptions, UnrecoverableError } from 'nestjs-redis-streams';
import type { Redis } from 'ioredis';
import { type RunningApp, startApp } from './app.js';
import { eventually } from './eventually.js';
import { deadLetterKey } from './pending.js';
import { redisCli } from './redis-cli.js';

interface Setting {
  readonly stream: string;
  readonly options?: StreamHandlerOptions;
  readonly url?: string;
  readonly connection?: Parameters<typeof startApp>[0]['options'];
  /** Asked where the dead letters are; default the server of `url`. */
  readonly cli?: Redis;
}

/** Workers of a stream that fail for as long as they are to. */
export interface MoodyWorkers {
  readonly app: RunningApp;
  /** Which tasks fail, by their `n`. Default all. */
  fails: (n: number) => boolean;
  /** Ids of the tasks that went well, each as often as it did. */
  readonly done: string[];
  /** How often each task failed. */
  readonly failed: Map<string, number>;
  /** Adds tasks `{ n: 0 }` and so on, and waits until all have died. @returns their ids */
  killTasks(count: number, dead?: string): Promise<string[]>;
}

export async function moodyWorkers({
  stream,
  options,
  url,
  connection,
  cli = redisCli(url),
}: Setting): Promise<MoodyWorkers> {
  const done: string[] = [];
  const failed = new Map<string, number>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 50, ...options })
    async handle(@Payload() { n }: { n: number }, @Ctx() { taskId }: StreamContext) {
      if (!workers.fails(n)) return void done.push(taskId);
      failed.set(taskId, (failed.get(taskId) ?? 0) + 1);
      throw new UnrecoverableError('RateLimitError: 429');
    }
  }
  const app = await startApp({ controllers: [Worker], options: connection ?? { ...(url && { connection: url }) } });
  const workers: MoodyWorkers = {
    ...{ app, done, failed },
    fails: () => true,
    killTasks: async (count, dead = deadLetterKey(stream)) => {
      const payloads = Array.from({ length: count }, (_, n) => ({ payload: { n } }));
      const ids = await app.producer.addBulk(stream, payloads);
      await eventually(async () => (await cli.xlen(dead)) >= count, 20_000);
      return ids;
    },
  };
  return workers;
}
