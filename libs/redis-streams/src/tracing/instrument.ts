import { context, createContextKey, ROOT_CONTEXT, trace, type Tracer } from '@opentelemetry/api';
import type { EngineObserver } from '../engine/events.js';
import type { AroundTold } from '../engine/observers/around-told.js';
import type { AroundForward } from '../model/forward.js';
import type { AroundRun } from '../model/handler.js';
import type { AroundOperation } from '../model/operations/around-operation.js';
import type { AddInterceptor } from '../tasks/adding/add-interceptors.js';
import { AddSpans } from './spans/add-spans.js';
import { OperationSpans } from './spans/operation-spans.js';
import { OutcomeObserver } from './spans/outcome-observer.js';
import { RunSpans } from './spans/run-spans.js';
import { Spans } from './spans/spans.js';
import type { ResolvedTracingOptions } from './tracing-options.js';

const TRACER = 'nestjs-redis-streams';

/**
 * Whoever makes spans of what is sent to Redis, such as an instrumentation of ioredis, makes none of this library's commands: most of them are those of its own
 * loops, and what a task does is told by its spans. The SDK's tracers look at this key.
 */
const QUIET = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);

/** What stands where spans begin and end. */
export interface TracingInstrument {
  readonly observer: EngineObserver;
  readonly aroundAdd: AddInterceptor;
  readonly aroundForward: AroundForward;
  readonly aroundRun: AroundRun;
  readonly aroundTold: AroundTold;
  readonly aroundOperation: AroundOperation;
  readonly aroundCommand: <Result>(send: () => Result) => Result;
}

/** What is traced in one process. */
export interface Tracing {
  readonly instrument: TracingInstrument;
  /** Ends what is open: nothing more is heard of it. */
  close(): void;
}

/** @returns undefined where no spans would come of it */
export function tracingBy(options: ResolvedTracingOptions): Tracing | undefined {
  const tracer = tracerOf(options);
  if (!tracer) return undefined;
  const spans = new Spans(tracer);
  const runs = new RunSpans(options, spans);
  const adds = new AddSpans(options, spans, (source) => runs.contextOf(source));
  const instrument: TracingInstrument = {
    observer: new OutcomeObserver(runs, spans, options.settleSpans),
    aroundAdd: adds.aroundAdd,
    aroundForward: adds.aroundForward,
    aroundRun: runs.aroundRun,
    aroundTold: runs.aroundTold,
    aroundOperation: new OperationSpans(spans).aroundOperation,
    aroundCommand: (send) => context.with(QUIET, send),
  };
  return { instrument, close: () => runs.close() };
}

function tracerOf({ tracer, tracerProvider }: ResolvedTracingOptions): Tracer | undefined {
  if (tracer) return tracer;
  if (tracerProvider) return tracerProvider.getTracer(TRACER);
  const provider = trace.getTracerProvider();
  // The API's own stands in for one that is not registered yet. It may be another copy's: its class says nothing.
  const standIn = provider as { getDelegateTracer?: (name: string) => Tracer | undefined };
  return standIn.getDelegateTracer ? standIn.getDelegateTracer(TRACER) : provider.getTracer(TRACER);
}
