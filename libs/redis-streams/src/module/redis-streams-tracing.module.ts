import { context, createContextKey, ROOT_CONTEXT, trace, type Tracer } from '@opentelemetry/api';
import { type DynamicModule, Inject, Logger, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { Instruments } from '../wiring/instruments.js';
import { token } from '../wiring/provide.js';
import { AddSpans } from '../tracing/add-spans.js';
import { OutcomeObserver } from '../tracing/outcome-observer.js';
import { RunSpans } from '../tracing/run-spans.js';
import { Spans } from '../tracing/spans.js';
import {
  resolveTracingOptions,
  type RedisStreamsTracingOptions,
  type ResolvedTracingOptions,
} from '../tracing/tracing-options.js';

const TRACER = 'nestjs-redis-streams';
const GIVEN = token<RedisStreamsTracingOptions>('given options of tracing');
/** What is traced twice would be told twice. */
const traced = new WeakSet<Instruments>();

/**
 * Whoever makes spans of what is sent to Redis, such as an instrumentation of ioredis, makes none of this library's commands: most of them are those of its own
 * loops, and what a task does is told by its spans. The SDK's tracers look at this key.
 */
const QUIET = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);

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
  private readonly runs: RunSpans | undefined;

  /** @throws RedisStreamsConfigError at the application's start for a wrong option */
  static forRoot(options: RedisStreamsTracingOptions = {}): DynamicModule {
    return { module: RedisStreamsTracingModule, providers: [{ provide: GIVEN, useValue: options }] };
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
    const options = resolveTracingOptions(given);
    const tracer = tracerOf(options);
    if (tracer) this.runs = instrument(instruments, tracer, options);
    else
      new Logger(RedisStreamsTracingModule.name).log(
        'No tracer provider is registered, so nothing is traced. Start the OpenTelemetry SDK before the application.',
      );
  }

  onApplicationShutdown(): void {
    this.runs?.close();
  }
}

/** undefined where no spans would come of it. */
function tracerOf({ tracer, tracerProvider }: ResolvedTracingOptions): Tracer | undefined {
  if (tracer) return tracer;
  if (tracerProvider) return tracerProvider.getTracer(TRACER);
  const provider = trace.getTracerProvider();
  // The API's own stands in for one that is not registered yet. It may be another copy's: its class says nothing.
  const standIn = provider as { getDelegateTracer?: (name: string) => Tracer | undefined };
  return standIn.getDelegateTracer ? standIn.getDelegateTracer(TRACER) : provider.getTracer(TRACER);
}

function instrument(instruments: Instruments, tracer: Tracer, options: ResolvedTracingOptions): RunSpans {
  const spans = new Spans(tracer);
  const runs = new RunSpans(options, spans);
  const adds = new AddSpans(options, spans, (source) => runs.contextOf(source));
  instruments.add({
    observer: new OutcomeObserver(runs, spans, options.settleSpans),
    aroundAdd: adds.aroundAdd,
    aroundForward: adds.aroundForward,
    aroundRun: runs.aroundRun,
    aroundTold: runs.aroundTold,
    aroundCommand: (send) => context.with(QUIET, send),
  });
  return runs;
}
