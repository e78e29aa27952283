import type { DynamicModule } from '@nestjs/common';
import {
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';

/**
 * Traces on the console, a line for each span as it ends. A service would start the OpenTelemetry SDK before all else, with an exporter that
 * sends spans to where they are looked at, and import `RedisStreamsTracingModule.forRoot()`.
 */
export function tracesOnConsole(): DynamicModule {
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(LINES)] });
  tracerProvider.register();
  // One trace for each document: it has four stages, and a few retries at most.
  return RedisStreamsTracingModule.forRoot({ tracerProvider, correlation: 'parent' });
}

const LINES: SpanExporter = {
  export: (spans, done) => {
    for (const span of spans) console.log(lineOf(span));
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};

function lineOf(span: ReadableSpan): string {
  const { name, attributes } = span;
  const [seconds, nanoseconds] = span.duration;
  const ms = (seconds * 1_000 + nanoseconds / 1e6).toFixed(1);
  const told = [attributes['redis_streams.outcome'], attributes['error.type']].filter((value) => value !== undefined);
  return `trace ${span.spanContext().traceId} ${[name, `${ms} ms`, ...told].join(' · ')}`;
}
