import { context, propagation, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';

/** A span, as tests look at it. */
export interface SeenSpan {
  readonly name: string;
  readonly kind: string;
  readonly id: string;
  readonly trace: string;
  /** The id of its parent. */
  readonly parent: string | undefined;
  /** The ids of the spans that it links to. */
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly events: readonly string[];
  readonly span: ReadableSpan;
}

/** An OpenTelemetry SDK that keeps its spans, registered for this test; call it before the application is made. */
export class Traces {
  private readonly exporter = new InMemorySpanExporter();
  readonly provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] });

  constructor() {
    this.provider.register();
    onTestFinished(async () => {
      await this.provider.shutdown();
      for (const api of [trace, context, propagation]) api.disable();
    });
  }

  /** Those that have ended, in the order of their ends. */
  get spans(): readonly SeenSpan[] {
    return this.exporter.getFinishedSpans().map(seen);
  }

  named(name: string): readonly SeenSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Waits for so many spans of a name. */
  async ended(name: string, count = 1): Promise<readonly SeenSpan[]> {
    await eventually(() => this.named(name).length >= count);
    return this.named(name);
  }

  async one(name: string): Promise<SeenSpan> {
    const [span] = await this.ended(name);
    return span!;
  }

  /** Runs something within a span of the application's own. */
  within<Result>(name: string, run: (span: SpanContext) => Promise<Result>): Promise<Result> {
    return trace.getTracer('the app').startActiveSpan(name, async (span) => {
      try {
        return await run(span.spanContext());
      } finally {
        span.end();
      }
    });
  }
}

function seen(span: ReadableSpan): SeenSpan {
  const { spanId, traceId } = span.spanContext();
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    id: spanId,
    trace: traceId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
    attributes: span.attributes,
    status: SpanStatusCode[span.status.code],
    events: span.events.map(({ name }) => name),
    span,
  };
}

/** The id of the span that is active. */
export function activeSpanId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().spanId;
}
