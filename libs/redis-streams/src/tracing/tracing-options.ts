import type { Tracer, TracerProvider } from '@opentelemetry/api';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { bool, integer, strings } from '../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import { nested, type Option, readOptions, type TableOf, type ValuesOf } from '../options/checks/option.js';

/**
 * How an attempt belongs to the task's creation. `'link'`: it is a trace of its own that links to it, as OpenTelemetry's conventions have it. `'parent'`: it is in the
 * same trace, as a child. See docs/tracing.md for the trade.
 */
export type Correlation = 'link' | 'parent';

/** What one stream has of its own. */
export interface StreamTracingOptions {
  /** Of this stream's tasks. Default that of the module. */
  correlation?: Correlation;
}

/** Options of `RedisStreamsTracingModule.forRoot`. */
export interface RedisStreamsTracingOptions {
  /** Makes the spans. Default one of `tracerProvider`. */
  tracer?: Tracer;
  /** Where the tracer is from. Default the global one, which the OpenTelemetry SDK registers as it starts. Not with `tracer`. */
  tracerProvider?: TracerProvider;
  /** How attempts belong to the creation of their task. Default `'link'`. */
  correlation?: Correlation;
  /** What single streams have of their own, by name. Default none. */
  streams?: Readonly<Record<string, StreamTracingOptions>>;
  /** Whether each settlement is a span, too: `ack`, `retry` or `release`, from the handler's end until Redis has it. Default `false`. */
  settleSpans?: boolean;
  /** So many tasks of one `addBulk`, or of one run's forwards, have a `create` span each; of a larger `addBulk` none has one. Default 100; 0 to 128. */
  createSpansUpTo?: number;
  /** The keys of OpenTelemetry's baggage that go with tasks. Default none: whoever reads the stream reads them. */
  baggage?: readonly string[];
}

function having<Given extends object>(method: string, expected: string): Option<Given, Given | undefined> {
  return {
    read: (given, where) => {
      if (given === undefined) return undefined;
      if (typeof (given as Record<string, unknown> | null)?.[method] !== 'function') fail(where, expected, given);
      return given;
    },
  };
}

function correlation<Default>(byDefault: Default): Option<Correlation, Correlation | Default> {
  return {
    read: (given, where) => {
      if (given === undefined) return byDefault;
      if (given !== 'link' && given !== 'parent') fail(where, "'link' or 'parent'", given);
      return given;
    },
  };
}

const STREAM_OPTIONS = { correlation: correlation(undefined) } satisfies TableOf<StreamTracingOptions>;
const ofStream = nested(STREAM_OPTIONS);

type OfStreams = Readonly<Record<string, StreamTracingOptions>>;

const streams: Option<OfStreams, OfStreams> = {
  read: (given, where) => {
    const each = Object.entries(plainObject(given, where)) as [string, StreamTracingOptions][];
    return Object.fromEntries(
      each.map(([stream, options]) => [stream, ofStream.read(options, `${where}['${stream}']`)]),
    );
  },
};

const TRACING_OPTIONS = {
  tracer: having<Tracer>('startSpan', "a tracer of @opentelemetry/api, as in trace.getTracer('app')"),
  tracerProvider: having<TracerProvider>('getTracer', 'a tracer provider of @opentelemetry/api'),
  correlation: correlation<Correlation>('link'),
  streams,
  settleSpans: bool(false),
  // The SDK drops links beyond 128.
  createSpansUpTo: integer({ byDefault: 100, min: 0, max: 128 }),
  baggage: strings(),
} satisfies TableOf<RedisStreamsTracingOptions>;

export type ResolvedTracingOptions = ValuesOf<typeof TRACING_OPTIONS>;

const OF_MODULE = { where: 'the options of RedisStreamsTracingModule.forRoot', known: Object.keys(TRACING_OPTIONS) };

/**
 * @param call whose options they are, and which of them it takes
 * @throws RedisStreamsConfigError for an unknown option, for the first wrong one, and for two that do not go together
 */
export function resolveTracingOptions(
  given: RedisStreamsTracingOptions,
  { where, known }: { readonly where: string; readonly known: readonly string[] } = OF_MODULE,
): ResolvedTracingOptions {
  const options = plainObject(given, where);
  assertKnownKeys(options, known, where);
  const resolved = readOptions(TRACING_OPTIONS, options, '');
  if (resolved.tracer && resolved.tracerProvider) {
    throw new RedisStreamsConfigError('tracer and tracerProvider say the same twice. Take one of them out.');
  }
  return resolved;
}
