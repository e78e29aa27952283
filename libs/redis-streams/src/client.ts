/**
 * The entry for scripts and tools: nothing of Nest is loaded. The classes are those of 'nestjs-redis-streams'.
 *
 * @packageDocumentation
 */
export * from './exports.js';
export {
  createStreamsClient,
  type StreamsClient,
  type StreamsClientOptions,
  type StreamsClientTracing,
} from './wiring/streams-client.js';
export type { Log as StreamsLog, LogFields as StreamsLogFields } from './model/log.js';
