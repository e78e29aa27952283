import type { AddressInfo } from 'node:net';
import { Controller, Get, type Type } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  type LivenessOptions,
  type ReadinessOptions,
  RedisStreamsHealthIndicator,
  type RedisStreamsLiveness,
  RedisStreamsModule,
  type RedisStreamsOptions,
  type RedisStreamsReadiness,
  StreamProducer,
} from 'nestjs-redis-streams';
import { onTestFinished } from 'vitest';

/** What a platform sees of a probe, and what people read in it. */
export interface Probed<Health> {
  readonly code: number;
  readonly tookMs: number;
  /** Empty where the indicator threw. */
  readonly health: Partial<Health>;
}

export interface ProbedApp {
  readonly producer: StreamProducer;
  live(): Promise<Probed<RedisStreamsLiveness>>;
  ready(): Promise<Probed<RedisStreamsReadiness>>;
  get<T>(token: Type<T>): T;
  close(): Promise<void>;
}

/** An application as users write it, with the probes of docs/health.md by the real terminus, over HTTP. Closed with the test. */
export async function probedApp(given: {
  readonly controllers?: Type[];
  readonly options?: RedisStreamsOptions;
  readonly live?: LivenessOptions;
  readonly ready?: ReadinessOptions;
}): Promise<ProbedApp> {
  @Controller('health')
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly redisStreams: RedisStreamsHealthIndicator,
    ) {}

    @Get('live')
    @HealthCheck()
    live() {
      return this.health.check([() => this.redisStreams.liveness('queue', given.live)]);
    }

    @Get('ready')
    @HealthCheck()
    ready() {
      return this.health.check([() => this.redisStreams.readiness('queue', given.ready)]);
    }
  }
  const module = await Test.createTestingModule({
    imports: [
      RedisStreamsModule.forRoot({ shutdownTimeoutMs: 2_000, ...given.options }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [HealthController, ...(given.controllers ?? [])],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const probe = async <Health>(name: string): Promise<Probed<Health>> => {
    const askedAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/health/${name}`);
    const { details } = (await response.json()) as { details?: { queue: Health } };
    return { code: response.status, tookMs: performance.now() - askedAt, health: details?.queue ?? {} };
  };
  return {
    producer: app.get(StreamProducer),
    live: () => probe('live'),
    ready: () => probe('ready'),
    get: (token) => app.get(token),
    close: () => app.close(),
  };
}

/** It is ready, and nothing is wrong. */
export function isWell({ code, health }: Probed<RedisStreamsReadiness>): boolean {
  return code === 200 && health.status === 'up' && !health.degraded;
}
