import {
  type Attributes,
  type Context,
  diag,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { ErrorTypes } from '../../model/errors/error-types.js';
import { errorText, stackOf } from '../../model/errors/error-text.js';
import { ATTRIBUTES, type Operation, OPERATION_TYPES, systemAttributes } from '../names.js';
import { Recent } from './recent.js';

const MOST_OF_MESSAGE = 200;

/** Makes the library's spans, with what all of them have. What samplers and processors throw must not change what becomes of tasks. */
export class Spans {
  private readonly system: Readonly<Record<string, string>>;
  private readonly errorTypes = new ErrorTypes();
  /** The attributes that all spans of a name have, made once. */
  private readonly common = new Recent<Attributes>();
  /** Exceptions as events of spans are on their way out; until then they are there unless the environment says otherwise. */
  private readonly recordsExceptions: boolean;

  constructor(
    private readonly tracer: Tracer,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.system = systemAttributes(environment.OTEL_SEMCONV_STABILITY_OPT_IN);
    this.recordsExceptions = environment.OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN !== 'logs';
  }

  start(operation: Operation, stream: string, options: SpanOptions, context: Context): Span {
    const name = `${operation} ${stream}`;
    const attributes = { ...(this.common.get(name) ?? this.commonOf(name, operation, stream)), ...options.attributes };
    const { kind, links, startTime } = options;
    try {
      return this.tracer.startSpan(name, { kind, links, startTime, attributes }, context);
    } catch (error) {
      diag.error('A sampler or span processor failed as a span began', error);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
  }

  private commonOf(name: string, operation: Operation, stream: string): Attributes {
    const attributes: Attributes = {
      ...this.system,
      [ATTRIBUTES.destination.name]: stream,
      [ATTRIBUTES.operation.name]: operation,
      [ATTRIBUTES.operationType.name]: OPERATION_TYPES[operation],
    };
    this.common.set(name, attributes);
    return attributes;
  }

  /** @param at on performance.now's clock; undefined for now */
  end(span: Span, at?: number): void {
    try {
      span.end(at);
    } catch (error) {
      diag.error('A span processor failed as a span ended', error);
    }
  }

  /** Says that what a span tells of has failed. That of what went well keeps its status unset. */
  fail(span: Span, error: Error): void {
    if (!span.isRecording()) return;
    const type = this.errorTypes.of(error);
    const message = errorText(error);
    span.setAttribute(ATTRIBUTES.error.name, type);
    span.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, MOST_OF_MESSAGE) });
    if (this.recordsExceptions) span.recordException({ name: type, message, stack: stackOf(error) });
  }
}
