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
import { ModulesContainer } from '@nestjs/core';
import { RedisStreamsHealthIndicator } from '../health/redis-streams.health.js';
import { DeadLetters } from '../admin/letters/dead-letters.js';
import { StreamOperations } from '../admin/operations/stream-operations.js';
import { StreamDoctor } from '../admin/doctor/stream-doctor.js';
import { StreamGroups } from '../admin/groups/stream-groups.js';
import { StreamReplay } from '../admin/replay/stream-replay.js';
import { StreamMonitor } from '../admin/stream-monitor.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { ConsumerLifecycle } from '../nest/consumer-lifecycle.js';
import { RedisStreamsStrategy } from '../nest/redis-streams.strategy.js';
import type { RedisStreamsOptions } from '../options/options.js';
import { Connections } from '../redis/connections/connections.js';
import { StreamSchedules } from '../schedules/stream-schedules.js';
import { StreamProducer } from '../tasks/stream-producer.js';
import { StreamTasks } from '../tasks/stream-tasks.js';
import { GIVEN_OPTIONS } from '../wiring/parts.js';
import { Instruments } from '../wiring/instruments.js';
import { provide } from '../wiring/provide.js';
import {
  assertOneMaker,
  madeBy,
  type RedisStreamsAsyncOptions,
  type RedisStreamsOptionsFactory,
} from './async-options.js';
import { INSIGHT } from './insight.js';
import { CLIENT_PARTS, PROVIDERS } from './providers.js';
import { RedisStreamsClient } from './redis-streams-client.js';

const CLIENT = provide(RedisStreamsClient, [CLIENT_PARTS], (parts) => RedisStreamsClient.over(parts));
const EXPORTS = [
  StreamProducer,
  StreamTasks,
  StreamSchedules,
  StreamMonitor,
  DeadLetters,
  StreamReplay,
  StreamOperations,
  StreamGroups,
  StreamDoctor,
  RedisStreamsClient,
  RedisStreamsStrategy,
  RedisStreamsHealthIndicator,
  // For optional modules of this package.
  Instruments,
  INSIGHT,
];

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
      providers: [...more, given, ...PROVIDERS, CLIENT],
      exports: EXPORTS,
    };
  }

  /** @internal Nest makes it. */
  constructor(
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(ConsumerLifecycle) private readonly lifecycle?: ConsumerLifecycle,
    @Optional() @Inject(Connections) private readonly connections?: Connections,
    @Optional() @Inject(StreamTasks) private readonly tasks?: StreamTasks,
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
      this.tasks!.close();
      this.connections!.close();
      throw error;
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.lifecycle!.stop();
    // Handlers that were drained may have waited for tasks; requests that still wait or watch would hold up the HTTP server's close.
    this.tasks!.close();
  }

  onApplicationShutdown(): void {
    this.connections!.close();
  }
}
