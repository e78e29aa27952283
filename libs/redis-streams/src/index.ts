export { RedisStreamsModule } from './redis-streams.module.js';
export type { RedisStreamsAsyncOptions, RedisStreamsOptionsFactory } from './async-options.js';
export type {
  ClusterConnectionOptions,
  ConnectionFactory,
  ConnectionOptions,
  ConnectionRole,
  ConsumeFilter,
  DeadLetterOptions,
  RedisStreamsOptions,
  RetentionOptions,
  RetryOptions,
  RoleOptions,
  StartFrom,
  StreamHandlerOptions,
} from './model/options.js';
export type { BackoffFunction, BackoffOptions } from './model/backoff.js';
export type { StreamCodec } from './model/codec.js';
export type {
  DeadLetteredEvent,
  DeliveryEvent,
  DeliveryFailedEvent,
  FailureEvent,
  PostponedEvent,
  StreamEvent,
  StreamEventName,
  StreamHooks,
} from './model/hooks.js';
export type { DeadLetterReason } from './model/retry-policy.js';
export type { AnyStream, KnownStream, PayloadOf, StreamName, StreamPayloads } from './model/payloads.js';
export {
  AddOutcomeUnknownError,
  AddRefusedError,
  EncodeError,
  HandlerTimeoutError,
  NotReplicatedError,
  LeaseLostError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
  RetryLaterError,
  ShutdownError,
  UnrecoverableError,
} from './model/errors.js';
export { AddBulkError, type AddOutcome } from './model/add-bulk-error.js';
export { StreamProducer, type AddOptions, type BulkItem } from './producer/stream-producer.js';
export { OnStreamEvent } from './transport/on-stream-event.decorator.js';
export { StreamHandler } from './transport/stream-handler.decorator.js';
export { StreamContext } from './transport/stream-context.js';
export { RedisStreamsStrategy } from './transport/redis-streams.strategy.js';
export { REDIS_STREAMS } from './transport/redis-streams.transport.js';
export {
  RedisStreamsHealthIndicator,
  type HealthOptions,
  type RedisStreamsHealth,
} from './health/redis-streams.health.js';
export type { HealthStatus, LoopHealth } from './health/health-rule.js';
export { StreamMonitor } from './monitor/stream-monitor.js';
export type { DeadLetter } from './monitor/dead-letter.js';
export type { HistoryOptions } from './monitor/entry-pages.js';
export type { HistoryEntry } from './monitor/history-entry.js';
export type { ConsumerStats, GroupStats, StreamStats } from './monitor/stream-stats.js';
