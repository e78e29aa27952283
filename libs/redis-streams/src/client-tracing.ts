/**
 * The entry for traces of scripts and tools: needs `@opentelemetry/api`, and nothing of Nest.
 *
 * @packageDocumentation
 */
export { clientTracing, type ClientTracing, type ClientTracingOptions } from './tracing/client-tracing.js';
