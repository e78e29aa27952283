export * from './exports.js';
export { RedisStreamsModule } from './module/redis-streams.module.js';
export type { RedisStreamsAsyncOptions, RedisStreamsOptionsFactory } from './module/async-options.js';
export type {
  ConsumeFilter,
  DeadLetterOptions,
  OutputOptions,
  RedisStreamsOptions,
  ResultOptions,
  RetentionOptions,
  RetryOptions,
  StartFrom,
  StreamHandlerOptions,
} from './options/options.js';
export type { BackoffFunction, BackoffOptions } from './model/policy/backoff.js';
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
export {
  HandlerTimeoutError,
  LeaseLostError,
  RetryLaterError,
  ShutdownError,
  UnrecoverableError,
} from './model/errors/errors.js';
export { taskEvents, type TaskEventsOptions } from './nest/task-events.js';
export type { ForwardOptions } from './tasks/chains/forward-options.js';
export { StreamSchedule, type StreamScheduleOptions } from './nest/schedules/stream-schedule.decorator.js';
export { RedisStreamsClient, type RedisStreamsClientOptions } from './module/redis-streams-client.js';
export type { SendOptions } from './nest/client/client-options.js';
export type { ClientListener, StreamClientProxy } from './nest/client/stream-client-proxy.js';
export { TaskRpcException } from './nest/client/task-rpc-exception.js';
export { OnStreamEvent } from './nest/on-stream-event.decorator.js';
export { StreamHandler } from './nest/stream-handler.decorator.js';
export { StreamContext } from './nest/stream-context.js';
export { RedisStreamsStrategy } from './nest/redis-streams.strategy.js';
export { REDIS_STREAMS } from './nest/redis-streams.transport.js';
export {
  type HealthOptions,
  type ProducerHealth,
  type RedisStreamsHealth,
  RedisStreamsHealthIndicator,
  type RedisStreamsLiveness,
  type RedisStreamsReadiness,
} from './health/redis-streams.health.js';
export type { BacklogHealth } from './health/backlog-rule.js';
export type { LivenessOptions, ReadinessOptions } from './health/health-options.js';
export type { HealthStatus, LoopHealth } from './health/health-rule.js';
