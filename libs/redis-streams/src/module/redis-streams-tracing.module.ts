import { type DynamicModule, Inject, Logger, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { Instruments } from '../wiring/instruments.js';
import { token } from '../wiring/provide.js';
import { madeBy } from './async-options.js';
import { type Tracing, tracingBy } from '../tracing/instrument.js';
import { resolveTracingOptions, type RedisStreamsTracingOptions } from '../tracing/tracing-options.js';

const GIVEN = token<RedisStreamsTracingOptions>('given options of tracing');
/** What is traced twice would be told twice. */
const traced = new WeakSet<Instruments>();

/**
 * Traces of tasks, by OpenTelemetry: import it beside `RedisStreamsModule`, in the root module, and start the OpenTelemetry SDK before the application. Where no tracer
 * provider is registered by then, it does nothing and costs nothing. See docs/tracing.md.
 *
 * @example
 * @Module({ imports: [RedisStreamsModule.forRoot(), RedisStreamsTracingModule.forRoot()] })
 * export class AppModule {}
 */
@Module({})
export class RedisStreamsTracingModule implements OnApplicationShutdown {
  private readonly tracing: Tracing | undefined;

  /** @throws RedisStreamsConfigError at the application's start for a wrong option */
  static forRoot(options: RedisStreamsTracingOptions = {}): DynamicModule {
    return { module: RedisStreamsTracingModule, providers: [{ provide: GIVEN, useValue: options }] };
  }

  /** As `forRoot`, with options that are made of others' providers, such as a tracer provider. */
  static forRootAsync(options: {
    imports?: DynamicModule['imports'];
    inject?: Parameters<typeof Inject>[0][];
    // oxlint-disable-next-line typescript/no-explicit-any -- what `inject` names, as everywhere in Nest
    useFactory: (...args: any[]) => Promise<RedisStreamsTracingOptions> | RedisStreamsTracingOptions;
  }): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    const given = { provide: GIVEN, useFactory: madeBy(useFactory), inject: inject as [] };
    return { module: RedisStreamsTracingModule, imports, providers: [given] };
  }

  /** @internal Nest makes it. */
  constructor(
    @Optional() @Inject(GIVEN) given?: RedisStreamsTracingOptions,
    @Optional() @Inject(Instruments) instruments?: Instruments,
  ) {
    if (!given) {
      throw new RedisStreamsConfigError(
        'Import RedisStreamsTracingModule.forRoot(), not RedisStreamsTracingModule itself.',
      );
    }
    if (!instruments) {
      throw new RedisStreamsConfigError(
        'RedisStreamsTracingModule needs RedisStreamsModule.forRoot(): import that, too.',
      );
    }
    if (traced.has(instruments)) {
      throw new RedisStreamsConfigError(
        'RedisStreamsTracingModule.forRoot is imported twice: import it once, in the root module.',
      );
    }
    traced.add(instruments);
    this.tracing = tracingBy(resolveTracingOptions(given));
    if (this.tracing) instruments.add(this.tracing.instrument);
    else
      new Logger(RedisStreamsTracingModule.name).log(
        'No tracer provider is registered, so nothing is traced. Start the OpenTelemetry SDK before the application.',
      );
  }

  onApplicationShutdown(): void {
    this.tracing?.close();
  }
}
