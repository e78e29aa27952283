import { tracingBy } from './instrument.js';
import { type RedisStreamsTracingOptions, resolveTracingOptions } from './tracing-options.js';

/** Options of `clientTracing`: those of `RedisStreamsTracingModule.forRoot` that are about adds, with the same defaults. */
export type ClientTracingOptions = Pick<
  RedisStreamsTracingOptions,
  'tracer' | 'tracerProvider' | 'createSpansUpTo' | 'baggage'
>;

/** The option `tracing` of `createStreamsClient`. */
export interface ClientTracing {
  /** Where spans begin and end, which is the library's own business; undefined where no tracer provider is registered. */
  readonly instrument: object | undefined;
}

/**
 * Traces what a client without Nest adds, redrives and replays, as `RedisStreamsTracingModule` does it in an application; and keeps instrumentations of Redis from
 * making spans of its commands. Where there is neither a tracer nor a registered provider, it does nothing.
 *
 * @throws RedisStreamsConfigError for a wrong option
 * @example
 * const streams = createStreamsClient({ tracing: clientTracing() });
 */
export function clientTracing(options: ClientTracingOptions = {}): ClientTracing {
  return { instrument: tracingBy(resolveTracingOptions(options, CLIENT_TRACING))?.instrument };
}

const CLIENT_TRACING = {
  where: 'the options of clientTracing',
  known: ['tracer', 'tracerProvider', 'createSpansUpTo', 'baggage'],
} as const;
