import type { ApplicationConfig, ModuleRef } from '@nestjs/core';
import type { EventListeners } from '../engine/observers/event-listeners.js';
import type { StreamConsumer } from '../engine/stream-consumer.js';
import type { Log } from '../model/log.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { ResolvedRedisStreamsOptions } from '../options/resolve-options.js';
import type { StreamNames } from '../options/stream-names.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { patternHandlers } from './handlers/pattern-handlers.js';
import { containerOf, registerHandlers } from './handlers/register-handlers.js';
import { registerListeners } from './handlers/register-listeners.js';
import type { Ticker } from '../schedules/ticking/ticker.js';
import { hasHandlers } from './handlers/stray-handlers.js';
import { registerSchedules } from './schedules/register-schedules.js';

/** An application context bootstraps before its main.ts can enable the hooks, so that nobody is blamed at once. */
const SHUTDOWN_HOOKS_WITHIN_MS = 1_000;
/** A main.ts may do other things between the bootstrap and `startAllMicroservices`. */
const LISTEN_WITHIN_MS = 3_000;
const NOBODY_LISTENS =
  'autoStart is false, and no microservice with RedisStreamsStrategy listens: call app.connectMicroservice({ strategy: ' +
  'app.get(RedisStreamsStrategy) }, { inheritAppConfig: true }) and app.startAllMicroservices(), or take autoStart out';

interface Parts {
  readonly options: ResolvedRedisStreamsOptions;
  readonly consumer: StreamConsumer;
  readonly moduleRef: ModuleRef;
  readonly config: ApplicationConfig;
  readonly listeners: EventListeners;
  readonly names: StreamNames;
  readonly ticker: Ticker;
  /** Bulk actions: those on a stream that this process consumes are gone on with here, where nobody else does. */
  readonly operations: { tend(stream: string): void; stop(): Promise<void> };
  readonly log: Log;
}

/**
 * Decides when consuming starts: once the application has bootstrapped, and by itself (`autoStart`) or because a
 * microservice with our strategy listens. Whatever comes first or twice, handlers are registered and started once.
 */
export class ConsumerLifecycle {
  private isBootstrapped = false;
  private isListening = false;
  private isStopped = false;
  private started: Promise<void> | undefined;
  private warnTimer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: Parts) {}

  /** The application has bootstrapped: all providers are ready. */
  async bootstrapped(): Promise<void> {
    this.isBootstrapped = true;
    const { options, moduleRef, ticker, names } = this.parts;
    const container = containerOf(moduleRef);
    registerSchedules(container, { ticker, encoding: options, names });
    if (options.autoStart || this.isListening) await this.start();
    else this.expectListen();
    // A process with neither begins when it first asks for a schedule.
    if (ticker.declaredStreams.length > 0 || (options.consume && hasHandlers(container))) ticker.start();
  }

  /**
   * A microservice listens, perhaps before the bootstrap: then this arms the start.
   * @throws RedisStreamsConfigError after `stop`
   */
  async listen(): Promise<void> {
    if (this.isStopped) {
      throw new RedisStreamsConfigError(
        'RedisStreamsStrategy was closed, and a closed consumer stays closed: it cannot listen again. Create a new application.',
      );
    }
    this.isListening = true;
    if (this.isBootstrapped) await this.start();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.warnTimer);
    const stopped = Promise.all([this.parts.ticker.stop(), this.parts.operations.stop()]);
    // A stop in the middle of a start must not leave loops behind.
    await this.started?.catch(() => undefined);
    await this.parts.consumer.stop();
    await stopped;
  }

  /** `autoStart` is false: it is up to a microservice now. */
  private expectListen(): void {
    const { options, consumer, moduleRef } = this.parts;
    if (!options.consume || !hasHandlers(containerOf(moduleRef))) return;
    consumer.standIdle(NOBODY_LISTENS);
    this.warnTimer = setTimeout(() => this.tellIdle(NOBODY_LISTENS), LISTEN_WITHIN_MS).unref();
  }

  private tellIdle(reason: string): void {
    this.parts.log.error(`This process runs no tasks, though it has handlers: ${reason}.`);
  }

  private start(): Promise<void> {
    return (this.started ??= this.registerAndConsume());
  }

  private async registerAndConsume(): Promise<void> {
    clearTimeout(this.warnTimer);
    const { options, consumer, moduleRef, config, listeners, names, log } = this.parts;
    const container = containerOf(moduleRef);
    const registry = new HandlerRegistry(options, patternHandlers(container));
    // Registered even where nothing is consumed: a wrong handler fails every process alike.
    registerHandlers(container, config, registry);
    names.handle(registry.streams);
    registerListeners(container, listeners);
    const { handlers, remark, idleReason } = registry;
    if (idleReason) {
      this.tellIdle(idleReason);
      consumer.standIdle(idleReason);
    } else if (remark) {
      log[remark.level](remark.text);
    }
    if (handlers.length === 0) return;
    await consumer.start(handlers);
    for (const stream of registry.streams) this.parts.operations.tend(stream);
    this.warnTimer = setTimeout(() => this.warnWithoutShutdownHooks(), SHUTDOWN_HOOKS_WITHIN_MS).unref();
  }

  private warnWithoutShutdownHooks(): void {
    if (process.listenerCount('SIGTERM') > 0) return;
    this.parts.log.warn(
      'Nothing listens for SIGTERM, so that a deploy will look like a crash: call app.enableShutdownHooks() in main.ts, and ' +
        'running handlers are drained.',
    );
  }
}
