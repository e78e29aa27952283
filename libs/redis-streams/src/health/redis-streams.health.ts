import type { StreamConsumer } from '../engine/stream-consumer.js';
import type { AppendProbe } from '../model/ports/append.js';
import { type HealthStatus, idleHealth, type LoopHealth, loopHealth, worst } from './health-rule.js';

export interface RedisStreamsHealth {
  readonly status: HealthStatus;
  /** true with `status: 'up'` where `degradedAs: 'up'` was asked for. */
  readonly degraded?: boolean;
  /** Why nothing is consumed here, although there are handlers. */
  readonly reason?: string;
  /**
   * Whether tasks can be added now: Redis answers, and where the last add failed, the like of it would pass again. An idle
   * producer cannot know more than that.
   */
  readonly producer: { readonly status: 'up' | 'down'; readonly reason?: string };
  readonly consumers: readonly LoopHealth[];
}

export interface HealthOptions {
  /**
   * How to report a degraded state. Default `degraded`, which terminus 12 answers with 200; terminus 11 knows only up and
   * down: there choose `up`, which adds `degraded: true`.
   */
  degradedAs?: 'degraded' | 'up';
  /** How long to wait for Redis's answer, in milliseconds. Default 1,000. */
  timeoutMs?: number;
}

/**
 * Tells whether this process can add tasks and whether each of its loops really consumes. A plain result, for
 * @nestjs/terminus 11 and 12 or an endpoint of your own. Never throws.
 *
 * up: Redis answers, adds pass, and every loop reads, or is full and keeps its leases. degraded: a loop has been interrupted, or
 * could settle nothing, or is not started though there are handlers, for less than 10 s, some slots are lost to runs that do not end, or adds do not pass. down: otherwise.
 *
 * @example
 * return this.health.check([() => this.redisStreams.check('redis-streams')]);
 */
export class RedisStreamsHealthIndicator {
  /** @internal Nest makes it. */
  constructor(
    private readonly consumer: Pick<StreamConsumer, 'statuses' | 'idleness'>,
    private readonly adds: AppendProbe,
  ) {}

  /** @param key the name of the result, as terminus wants it */
  async check<K extends string>(key: K, options: HealthOptions = {}): Promise<Record<K, RedisStreamsHealth>> {
    const consumers = this.consumer.statuses().map((status) => loopHealth(status));
    const obstacle = await this.adds.obstacle(options.timeoutMs ?? 1_000);
    // What a loop says of itself counts for a consumer; adds that fail alone do not stop it.
    const producerStatus: HealthStatus = obstacle === undefined ? 'up' : 'degraded';
    const { idleness } = this.consumer;
    const idle = idleness ? [idleHealth(idleness)] : [];
    const status = worst([producerStatus, ...idle, ...consumers.map((loop) => loop.status)]);
    const asUp = status === 'degraded' && options.degradedAs === 'up';
    const health: RedisStreamsHealth = {
      status: asUp ? 'up' : status,
      ...(asUp && { degraded: true }),
      ...(idleness && { reason: `nothing is consumed: ${idleness.reason}` }),
      producer: obstacle === undefined ? { status: 'up' } : { status: 'down', reason: obstacle },
      consumers,
    };
    return { [key]: health } as Record<string, RedisStreamsHealth>;
  }
}
