import type { AppendProbe } from '../model/ports/append.js';
import type { BacklogHealth } from './backlog-rule.js';
import { Backlogs, type BacklogsParts } from './backlogs.js';
import {
  type LivenessOptions,
  type ReadinessOptions,
  resolveLivenessOptions,
  resolveReadinessOptions,
} from './health-options.js';
import { type HealthStatus, idleHealth, type LoopHealth, loopHealth, worst } from './health-rule.js';
import { whyRestart } from './liveness-rule.js';
import { judgeReadiness } from './readiness-rule.js';

/** Whether tasks can be added now. */
export interface ProducerHealth {
  readonly status: 'up' | 'down';
  readonly reason?: string;
}

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
  readonly producer: ProducerHealth;
  readonly consumers: readonly LoopHealth[];
}

/** What `RedisStreamsHealthIndicator.liveness` tells. */
export interface RedisStreamsLiveness {
  readonly status: 'up' | 'down';
  /** Why a restart of the process would help; empty where it would not. */
  readonly reasons: readonly string[];
}

/** What `RedisStreamsHealthIndicator.readiness` tells. */
export interface RedisStreamsReadiness {
  readonly status: 'up' | 'down';
  /** true where something is wrong, and it is ready all the same. */
  readonly degraded?: boolean;
  /** What keeps it from being ready, and then what else is wrong; empty where all is well. */
  readonly reasons: readonly string[];
  readonly producer: ProducerHealth;
  readonly consumers: readonly LoopHealth[];
  /** Where there are limits. */
  readonly backlogs?: readonly BacklogHealth[];
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

export interface HealthParts extends BacklogsParts {
  readonly adds: AppendProbe;
}

/**
 * Tells what a process really does: whether to restart it (`liveness`), whether to give it work (`readiness`), and all of it for people
 * (`check`). Plain results, for @nestjs/terminus 11 and 12 or an endpoint of your own. Whatever Redis does, none of them throws.
 *
 * @example
 * @Get('live') @HealthCheck()
 * live() { return this.health.check([() => this.redisStreams.liveness('redis-streams')]); }
 *
 * @Get('ready') @HealthCheck()
 * ready() { return this.health.check([() => this.redisStreams.readiness('redis-streams')]); }
 */
export class RedisStreamsHealthIndicator {
  private readonly limited: Backlogs;

  /** @internal Nest makes it. */
  constructor(private readonly parts: HealthParts) {
    this.limited = new Backlogs(parts);
  }

  /**
   * Whether the process is to be left alone: `down` only where a restart would help, which is where every slot of a loop is held by handlers that
   * have ignored for minutes that they were told to end while Redis was there, or where a loop has ended by itself. Asks nobody, and answers at once: it stays
   * `up` while Redis is away, however long, during long tasks, while a group is paused, and while the application shuts down.
   *
   * @param key the name of the result, as terminus wants it
   * @throws RedisStreamsConfigError for a wrong option
   */
  liveness<K extends string>(key: K, options?: LivenessOptions): Record<K, RedisStreamsLiveness> {
    const { stuckMs } = resolveLivenessOptions(options);
    const { consumer } = this.parts;
    const loops = consumer.isStopping ? [] : consumer.statuses();
    const reasons = loops.map((loop) => whyRestart(loop, stuckMs)).filter((reason) => reason !== undefined);
    return keyed(key, { status: reasons.length === 0 ? 'up' : 'down', reasons });
  }

  /**
   * Whether the process is to be given work: `down` while adds do not pass, while a loop is `down` (see `check`), while the backlog is over a limit
   * that is given here, and from the moment when the application begins to shut down. Answers within `timeoutMs`, also where Redis does not.
   * Writes nothing. It is one command, and with limits one script for each stream, which is not asked again for a second.
   *
   * A backlog that cannot be asked for, and one of a group that is paused, is not over its limit.
   *
   * @param key the name of the result, as terminus wants it
   * @throws RedisStreamsConfigError for a wrong option, and for limits without `streams` in a process that consumes none
   */
  async readiness<K extends string>(key: K, options?: ReadinessOptions): Promise<Record<K, RedisStreamsReadiness>> {
    const resolved = resolveReadinessOptions(options);
    const [obstacle, backlogs] = await Promise.all([
      this.parts.adds.obstacle(resolved.timeoutMs, true),
      this.limited.within(resolved),
    ]);
    const { isStopping, idleness } = this.parts.consumer;
    const consumers = this.consumers();
    const idle = idleness && { status: idleHealth(idleness), reason: `nothing is consumed: ${idleness.reason}` };
    const { status, reasons } = judgeReadiness({ isStopping, obstacle, idle, consumers, backlogs });
    return keyed(key, {
      status: status === 'degraded' ? 'up' : status,
      ...(status === 'degraded' && { degraded: true }),
      reasons,
      producer: producerHealth(obstacle),
      consumers,
      ...(resolved.limits && { backlogs }),
    });
  }

  /**
   * All of it in one, with three states. up: Redis answers, adds pass, and every loop reads, or is full and keeps its leases. degraded: a loop has been
   * interrupted, or could settle nothing, or is not started though there are handlers, for less than 10 s, some slots are lost to runs that do not end, or
   * adds do not pass. down: otherwise. Never throws.
   *
   * @param key the name of the result, as terminus wants it
   */
  async check<K extends string>(key: K, options: HealthOptions = {}): Promise<Record<K, RedisStreamsHealth>> {
    const consumers = this.consumers();
    const obstacle = await this.parts.adds.obstacle(options.timeoutMs ?? 1_000);
    // What a loop says of itself counts for a consumer; adds that fail alone do not stop it.
    const producerStatus: HealthStatus = obstacle === undefined ? 'up' : 'degraded';
    const { idleness } = this.parts.consumer;
    const idle = idleness ? [idleHealth(idleness)] : [];
    const status = worst([producerStatus, ...idle, ...consumers.map((loop) => loop.status)]);
    const asUp = status === 'degraded' && options.degradedAs === 'up';
    return keyed(key, {
      status: asUp ? 'up' : status,
      ...(asUp && { degraded: true }),
      ...(idleness && { reason: `nothing is consumed: ${idleness.reason}` }),
      producer: producerHealth(obstacle),
      consumers,
    });
  }

  private consumers(): LoopHealth[] {
    return this.parts.consumer.statuses().map((status) => loopHealth(status));
  }
}

function producerHealth(obstacle: string | undefined): ProducerHealth {
  return obstacle === undefined ? { status: 'up' } : { status: 'down', reason: obstacle };
}

function keyed<K extends string, Health>(key: K, health: Health): Record<K, Health> {
  return { [key]: health } as Record<K, Health>;
}
