import { Controller } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type RedisStreamsReadiness, StreamHandler } from 'nestjs-redis-streams';
import { eventually } from './eventually.js';
import { type OwnRedis, ownRedis } from './own-redis.js';
import { isWell, type Probed, probedApp, type ProbedApp } from './probed-app.js';
import { redisCli } from './redis-cli.js';
import { uniqueStream } from './streams.js';
import { type TcpProxy, tcpProxy } from './tcp-proxy.js';

/** The second that readiness may take, and what a busy machine adds. */
const ANSWERED_WITHIN_MS = 2_500;

export interface ReadyWorker {
  readonly app: ProbedApp;
  readonly redis: OwnRedis;
  readonly proxy: TcpProxy;
  readonly cli: Redis;
  readonly stream: string;
  /** Asks both, and gives what readiness says. */
  readonly probe: () => Promise<Probed<RedisStreamsReadiness>>;
  /** Answers that no fault excuses: not in time, or of a process that is not alive. */
  readonly doubts: readonly unknown[];
}

/** An application that consumes and adds, with a Redis of its own behind a proxy; it has run a task, and is ready. */
export async function readyWorker(): Promise<ReadyWorker> {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  let handled = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      handled++;
    }
  }
  const app = await probedApp({
    controllers: [Worker],
    options: { connection: `redis://127.0.0.1:${proxy.port}`, addTimeoutMs: 1_000, blockMs: 500 },
  });
  await app.producer.add(stream, {});
  await eventually(async () => handled === 1 && isWell(await app.ready()));

  const doubts: unknown[] = [];
  const probe = async () => {
    const [live, ready] = await Promise.all([app.live(), app.ready()]);
    const isAlive = live.code === 200 && live.health.status === 'up';
    if (!isAlive || Math.max(live.tookMs, ready.tookMs) > ANSWERED_WITHIN_MS) doubts.push({ live, ready });
    return ready;
  };
  return { app, redis, proxy, cli, stream, probe, doubts };
}
