/**
 * The entry for traces: needs `@opentelemetry/api`, which 'nestjs-redis-streams' does not.
 *
 * @packageDocumentation
 */
export { RedisStreamsTracingModule } from './module/redis-streams-tracing.module.js';
export type { Correlation, RedisStreamsTracingOptions, StreamTracingOptions } from './tracing/tracing-options.js';
