import { createRequire } from 'node:module';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { Collector } from '../metrics/collector.js';
import {
  type MetricsRegistry,
  type RedisStreamsMetricsOptions,
  resolveMetricsOptions,
} from '../metrics/metrics-options.js';
import type { Numbers } from '../metrics/numbers/numbers.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { Instruments } from '../wiring/instruments.js';
import { token } from '../wiring/provide.js';
import { madeBy } from './async-options.js';
import { type Insight, INSIGHT } from './insight.js';

const GIVEN = token<RedisStreamsMetricsOptions>('given options of metrics');

/** What is counted for each application: one that is counted twice tells twice as much. */
const counted = new WeakMap<Instruments, Set<Numbers>>();

/**
 * Counts what the process does, for Prometheus (prom-client) or OpenTelemetry: import it once, beside `RedisStreamsModule.forRoot`. The names
 * are in docs/metrics.md. It shows no page of its own: whatever prints the registry shows these metrics, too.
 *
 * A scrape reads what was counted, and never waits for Redis. What is so on the server is asked for every 15 s (`server`), over the connection
 * for questions. Counters live as long as the process, as do those of an application that was closed in it.
 *
 * @example
 * @Module({ imports: [RedisStreamsModule.forRoot(), RedisStreamsMetricsModule.forRoot()] })
 * export class AppModule {}
 */
@Module({})
export class RedisStreamsMetricsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly collector: Collector;

  /** @throws RedisStreamsConfigError at the application's start for a wrong option, or where prom-client is wanted and not installed */
  static forRoot(options: RedisStreamsMetricsOptions = {}): DynamicModule {
    return { module: RedisStreamsMetricsModule, providers: [{ provide: GIVEN, useValue: options }] };
  }

  /** As `forRoot`, with options that are made of others' providers, such as a registry. */
  static forRootAsync(options: {
    imports?: DynamicModule['imports'];
    inject?: Parameters<typeof Inject>[0][];
    // oxlint-disable-next-line typescript/no-explicit-any -- what `inject` names, as everywhere in Nest
    useFactory: (...args: any[]) => Promise<RedisStreamsMetricsOptions> | RedisStreamsMetricsOptions;
  }): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    const given = { provide: GIVEN, useFactory: madeBy(useFactory), inject: inject as [] };
    return { module: RedisStreamsMetricsModule, imports, providers: [given] };
  }

  /** @internal Nest makes it. */
  constructor(
    @Optional() @Inject(GIVEN) given?: RedisStreamsMetricsOptions,
    @Optional() @Inject(Instruments) instruments?: Instruments,
    @Optional() @Inject(INSIGHT) insight?: Insight,
  ) {
    if (!given)
      throw new RedisStreamsConfigError(
        'Import RedisStreamsMetricsModule.forRoot(), not RedisStreamsMetricsModule itself.',
      );
    if (!instruments || !insight)
      throw new RedisStreamsConfigError(
        'RedisStreamsMetricsModule needs RedisStreamsModule.forRoot() in the same application.',
      );
    const options = resolveMetricsOptions(given);
    this.collector = new Collector(
      options,
      options.registry ?? (options.meter ? undefined : defaultRegistry()),
      insight,
    );
    const { numbers, observer, aroundAdd } = this.collector;
    const known = counted.get(instruments) ?? new Set();
    if (known.has(numbers))
      throw new RedisStreamsConfigError(
        'RedisStreamsMetricsModule is imported twice for one registry: import it once.',
      );
    counted.set(instruments, known.add(numbers));
    instruments.add({ observer, aroundAdd });
  }

  onApplicationBootstrap(): void {
    this.collector.start();
  }

  onApplicationShutdown(): void {
    this.collector.stop();
  }
}

function defaultRegistry(): MetricsRegistry {
  try {
    const { register } = createRequire(import.meta.url)('prom-client') as { register: MetricsRegistry };
    return register;
  } catch (error) {
    throw new RedisStreamsConfigError(
      'RedisStreamsMetricsModule shows its metrics in a registry of prom-client, which cannot be loaded: npm install prom-client, or give it ' +
        'a registry or a meter.',
      { cause: error },
    );
  }
}
