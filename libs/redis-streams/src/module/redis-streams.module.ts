import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  Optional,
  type Provider,
} from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  assertOneMaker,
  madeBy,
  type RedisStreamsAsyncOptions,
  type RedisStreamsOptionsFactory,
} from './async-options.js';
import { EventListeners } from '../engine/observers/event-listeners.js';
import { safeLog } from '../engine/observers/safe-log.js';
import { StreamConsumer } from '../engine/stream-consumer.js';
import { RedisStreamsHealthIndicator } from '../health/redis-streams.health.js';
import { uniqueProcessName } from '../wire/consumer-name.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { Log } from '../model/log.js';
import type { RedisStreamsOptions } from '../options/options.js';
import { resolveOptions, type ResolvedRedisStreamsOptions } from '../options/resolve-options.js';
import { StreamNames } from '../options/stream-names.js';
import { StreamMonitor } from '../admin/stream-monitor.js';
import { StreamProducer } from '../tasks/stream-producer.js';
import { AppendConnection } from '../redis/append/append-connection.js';
import { AppendReport } from '../redis/append/append-report.js';
import { describeConnection } from '../redis/connections/connection-options.js';
import { Connections } from '../redis/connections/connections.js';
import { Keys } from '../redis/keys.js';
import type { RedisClient } from '../redis/connections/redis-client.js';
import { ReplicatedAppend } from '../redis/append/replicated-append.js';
import { RedisBroker } from '../redis/redis-broker.js';
import { RedisAppendProbe } from '../redis/append/redis-append-probe.js';
import { StreamAppender } from '../redis/append/stream-appender.js';
import { QueryConnection } from '../redis/queries/query-connection.js';
import { StreamQueries } from '../redis/queries/stream-queries.js';
import { ConsumerLifecycle } from '../nest/consumer-lifecycle.js';
import { NestLog } from '../nest/nest-log.js';
import { RedisStreamsStrategy } from '../nest/redis-streams.strategy.js';

const GIVEN_OPTIONS = Symbol('nestjs-redis-streams: given options');
const RESOLVED_OPTIONS = Symbol('nestjs-redis-streams: options');
const PROCESS_NAME = Symbol('nestjs-redis-streams: process name');
const LOG = Symbol('nestjs-redis-streams: log');

const PROVIDERS: Provider[] = [
  {
    provide: RESOLVED_OPTIONS,
    useFactory: (given?: RedisStreamsOptions) => resolveOptions(given),
    inject: [GIVEN_OPTIONS],
  },
  { provide: PROCESS_NAME, useFactory: uniqueProcessName },
  { provide: LOG, useFactory: () => new NestLog() },
  {
    provide: EventListeners,
    useFactory: ({ hooks }: ResolvedRedisStreamsOptions, log: Log) => new EventListeners(hooks, safeLog(log)),
    inject: [RESOLVED_OPTIONS, LOG],
  },
  {
    provide: StreamNames,
    useFactory: ({ streams }: ResolvedRedisStreamsOptions, log: Log) => new StreamNames(streams, safeLog(log)),
    inject: [RESOLVED_OPTIONS, LOG],
  },
  {
    provide: Keys,
    useFactory: ({ prefix }: ResolvedRedisStreamsOptions) => new Keys(prefix),
    inject: [RESOLVED_OPTIONS],
  },
  {
    provide: Connections,
    useFactory: (options: ResolvedRedisStreamsOptions, name: string, log: Log) =>
      new Connections(options, name, new AppendReport(describeConnection(options.connection), safeLog(log))),
    inject: [RESOLVED_OPTIONS, PROCESS_NAME, LOG],
  },
  {
    provide: AppendConnection,
    useFactory: (connections: Connections, { addTimeoutMs }: ResolvedRedisStreamsOptions) =>
      appendConnection(connections, connections.append(), addTimeoutMs),
    inject: [Connections, RESOLVED_OPTIONS],
  },
  {
    provide: RedisAppendProbe,
    useFactory: (connection: AppendConnection) => new RedisAppendProbe(connection),
    inject: [AppendConnection],
  },
  {
    provide: StreamAppender,
    useFactory: (
      connection: AppendConnection,
      connections: Connections,
      keys: Keys,
      probe: RedisAppendProbe,
      { addTimeoutMs }: ResolvedRedisStreamsOptions,
    ) => {
      const openReplicated = () =>
        new ReplicatedAppend(appendConnection(connections, connections.replicatedAppend(), addTimeoutMs));
      return new StreamAppender(connection, keys, probe, openReplicated);
    },
    inject: [AppendConnection, Connections, Keys, RedisAppendProbe, RESOLVED_OPTIONS],
  },
  {
    provide: StreamProducer,
    useFactory: (
      appender: StreamAppender,
      names: StreamNames,
      { codec, maxPayloadBytes }: ResolvedRedisStreamsOptions,
    ) => new StreamProducer({ appender, codec, maxPayloadBytes, names }),
    inject: [StreamAppender, StreamNames, RESOLVED_OPTIONS],
  },
  {
    provide: StreamMonitor,
    useFactory: (
      connections: Connections,
      keys: Keys,
      names: StreamNames,
      { addTimeoutMs }: ResolvedRedisStreamsOptions,
    ) => new StreamMonitor(new StreamQueries(new QueryConnection(connections, addTimeoutMs), keys), names),
    inject: [Connections, Keys, StreamNames, RESOLVED_OPTIONS],
  },
  {
    provide: StreamConsumer,
    useFactory: (
      options: ResolvedRedisStreamsOptions,
      processName: string,
      connections: Connections,
      keys: Keys,
      listeners: EventListeners,
      log: Log,
    ) =>
      new StreamConsumer(options, processName, {
        broker: new RedisBroker(connections, keys, processName),
        listeners,
        log,
      }),
    inject: [RESOLVED_OPTIONS, PROCESS_NAME, Connections, Keys, EventListeners, LOG],
  },
  {
    provide: ConsumerLifecycle,
    useFactory: (
      options: ResolvedRedisStreamsOptions,
      consumer: StreamConsumer,
      moduleRef: ModuleRef,
      config: ApplicationConfig,
      listeners: EventListeners,
      names: StreamNames,
      log: Log,
    ) => new ConsumerLifecycle(options, consumer, moduleRef, config, listeners, names, log),
    inject: [RESOLVED_OPTIONS, StreamConsumer, ModuleRef, ApplicationConfig, EventListeners, StreamNames, LOG],
  },
  {
    provide: RedisStreamsStrategy,
    useFactory: (lifecycle: ConsumerLifecycle) => new RedisStreamsStrategy(lifecycle),
    inject: [ConsumerLifecycle],
  },
  {
    provide: RedisStreamsHealthIndicator,
    useFactory: (consumer: StreamConsumer, probe: RedisAppendProbe) => new RedisStreamsHealthIndicator(consumer, probe),
    inject: [StreamConsumer, RedisAppendProbe],
  },
];

function appendConnection(connections: Connections, client: RedisClient, timeoutMs: number): AppendConnection {
  return new AppendConnection(client, timeoutMs, () => connections.lastError(client));
}

/** The modules that import ours, each as often as it does. Nest's own lists of imports name a global module everywhere. */
function importersOf(modules: ModulesContainer): string[] {
  const importers = [...modules.values()].flatMap(({ metatype }) => {
    const imports = (Reflect.getMetadata('imports', metatype) ?? []) as { module?: unknown }[];
    return imports.filter(({ module }) => module === RedisStreamsModule).map(() => metatype.name);
  });
  return importers.length > 1 ? importers : [...importers, 'a dynamic module'];
}

/**
 * Import it once, in the root module; it is global. It starts consuming the app's `@StreamHandler` methods when the
 * application has bootstrapped, stops and drains before other modules are destroyed, and closes the connections that it
 * opened when the application shuts down.
 *
 * @example
 * @Module({ imports: [RedisStreamsModule.forRoot()], controllers: [InferenceWorker] })
 * export class AppModule {}
 */
@Module({})
export class RedisStreamsModule implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  /**
   * @param options see `RedisStreamsOptions`; without it Redis is at `REDIS_URL`, else at 127.0.0.1:6379
   * @throws RedisStreamsConfigError at the application's start for a wrong option
   */
  static forRoot(options: RedisStreamsOptions = {}): DynamicModule {
    return this.define({ provide: GIVEN_OPTIONS, useValue: options });
  }

  /**
   * As `forRoot`, with options made by a factory or a class once their own dependencies are there.
   * @throws RedisStreamsConfigError at once where there is none or more than one to make them, and at the application's start
   *   for a wrong option
   */
  static forRootAsync(options: RedisStreamsAsyncOptions): DynamicModule {
    assertOneMaker(options);
    const { imports, inject = [], useFactory, useClass, useExisting } = options;
    if (useFactory)
      return this.define({ provide: GIVEN_OPTIONS, useFactory: madeBy(useFactory), inject: inject as [] }, imports);
    const factory = useExisting ?? useClass;
    const made: Provider = {
      provide: GIVEN_OPTIONS,
      useFactory: madeBy((maker: RedisStreamsOptionsFactory) => maker.createRedisStreamsOptions()),
      inject: [factory],
    };
    return this.define(made, imports, useExisting ? [] : [factory]);
  }

  private static define(given: Provider, imports: DynamicModule['imports'] = [], more: Provider[] = []): DynamicModule {
    return {
      module: RedisStreamsModule,
      global: true,
      imports,
      providers: [...more, given, ...PROVIDERS],
      exports: [StreamProducer, StreamMonitor, RedisStreamsStrategy, RedisStreamsHealthIndicator],
    };
  }

  /** @internal Nest makes it. */
  constructor(
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(ConsumerLifecycle) private readonly lifecycle?: ConsumerLifecycle,
    @Optional() @Inject(Connections) private readonly connections?: Connections,
  ) {
    const own = [...modules.values()].filter(({ metatype }) => metatype === RedisStreamsModule);
    if (!lifecycle || !connections) {
      throw new RedisStreamsConfigError(
        'Import RedisStreamsModule.forRoot() (or forRootAsync), not RedisStreamsModule itself.',
      );
    }
    if (own.length > 1) {
      throw new RedisStreamsConfigError(
        `RedisStreamsModule.forRoot is imported twice: by ${importersOf(modules).join(' and ')}. It is global: import it ` +
          'once, in the root module.',
      );
    }
    // Nest orders lifecycle hooks by distance from the root: the last to bootstrap and the first to be destroyed, so that
    // handlers find every other provider alive.
    for (const module of own) module.distance = -1;
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.lifecycle!.bootstrapped();
    } catch (error) {
      // A bootstrap that failed runs no shutdown hooks, and open connections would keep the process alive.
      await this.lifecycle!.stop();
      this.connections!.close();
      throw error;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.lifecycle!.stop();
  }

  onApplicationShutdown(): void {
    this.connections!.close();
  }
}
