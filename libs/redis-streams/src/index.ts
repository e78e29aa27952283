export { RedisStreamsModule } from './module/redis-streams.module.js';
export type { RedisStreamsAsyncOptions, RedisStreamsOptionsFactory } from './module/async-options.js';
export type {
  ClusterConnectionOptions,
  ConnectionFactory,
  ConnectionOptions,
  ConnectionRole,
  ConsumeFilter,
  DeadLetterOptions,
  RedisStreamsOptions,
  OutputOptions,
  ResultOptions,
  RetentionOptions,
  RetryOptions,
  RoleOptions,
  StartFrom,
  StreamHandlerOptions,
} from './options/options.js';
export type { BackoffFunction, BackoffOptions } from './model/policy/backoff.js';
export type { StreamCodec } from './wire/codec.js';
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
export type { DeadLetterReason } from './model/policy/retry-policy.js';
export type { AnyStream, KnownStream, PayloadOf, StreamName, StreamPayloads } from './model/payloads.js';
export {
  AddOutcomeUnknownError,
  AddRefusedError,
  EncodeError,
  HandlerTimeoutError,
  IdempotencyConflictError,
  NotReplicatedError,
  LeaseLostError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
  RetryLaterError,
  ShutdownError,
  UnrecoverableError,
} from './model/errors/errors.js';
export { ResultNotKeptError, TaskFailedError, WaitTimeoutError } from './model/errors/task-errors.js';
export { TaskCancelledError, TaskExpiredError } from './model/errors/task-errors.js';
export { OperationActiveError } from './model/errors/operation-errors.js';
export { AddBulkError, type AddOutcome } from './model/errors/add-bulk-error.js';
export { StreamProducer } from './tasks/stream-producer.js';
export type { IdempotencyOptions } from './tasks/adding/add-key.js';
export type { AddOptions, BulkItem } from './tasks/adding/add-options.js';
export type {
  TaskChunkEvent,
  TaskEndEvent,
  TaskEvent,
  TaskGapEvent,
  TaskProgressEvent,
  TaskRestartEvent,
  TaskStateEvent,
} from './model/tasks/task-event.js';
export { taskEvents, type TaskEventsOptions } from './nest/task-events.js';
export { isTaskEnd } from './tasks/watching/cursor.js';
export type { ForwardOptions } from './tasks/chains/forward-options.js';
export type { DelayedOptions, NewDue } from './tasks/delayed/delayed-options.js';
export { type PromoteOutcome, type RescheduleOutcome, StreamTasks } from './tasks/stream-tasks.js';
export type { WatchOptions } from './tasks/watching/watch-options.js';
export type { RunOptions, WaitOptions } from './tasks/waiting/wait-options.js';
export type { ListedState, ListedTask, TaskPage } from './tasks/status/task-list.js';
export type { CancelOptions, ListOptions, TaskOptions } from './tasks/status/task-options.js';
export type { TaskTrace, TracedTask } from './model/tasks/task-trace.js';
export type { CancelOutcome } from './model/ports/tasks/task-store.js';
export type {
  CancelledTask,
  CompletedTask,
  DeadLetteredTask,
  EndState,
  ExpiredTask,
  DelayedTask,
  FinishedTask,
  RetryScheduledTask,
  RunningTask,
  TaskInfo,
  TaskState,
  UnknownTask,
  WaitingTask,
} from './model/tasks/task-info.js';
export { StreamSchedules, type ScheduleInfo, type ScheduleSpec } from './schedules/stream-schedules.js';
export type { ScheduleTick } from './schedules/schedule.js';
export type { ScheduleOptions, ScheduleWhen } from './schedules/schedule-options.js';
export type { ScheduledTaskOptions } from './schedules/task-template.js';
export { StreamSchedule, type StreamScheduleOptions } from './nest/schedules/stream-schedule.decorator.js';
export { RedisStreamsClient, type RedisStreamsClientOptions } from './module/redis-streams-client.js';
export type { ClientConnectionOptions } from './options/client-options.js';
export type { SendOptions } from './nest/client/client-options.js';
export type { ClientListener, StreamClientProxy } from './nest/client/stream-client-proxy.js';
export { TaskRpcException } from './nest/client/task-rpc-exception.js';
export { OnStreamEvent } from './nest/on-stream-event.decorator.js';
export { StreamHandler } from './nest/stream-handler.decorator.js';
export { StreamContext } from './nest/stream-context.js';
export { RedisStreamsStrategy } from './nest/redis-streams.strategy.js';
export { REDIS_STREAMS } from './nest/redis-streams.transport.js';
export {
  RedisStreamsHealthIndicator,
  type HealthOptions,
  type ProducerHealth,
  type RedisStreamsHealth,
  type RedisStreamsLiveness,
  type RedisStreamsReadiness,
} from './health/redis-streams.health.js';
export type { BacklogHealth } from './health/backlog-rule.js';
export type { LivenessOptions, ReadinessOptions } from './health/health-options.js';
export type { HealthStatus, LoopHealth } from './health/health-rule.js';
export { type OverviewOptions, StreamMonitor } from './admin/stream-monitor.js';
export type {
  ConsumerOverview,
  GroupActivity,
  GroupOverview,
  StreamOverview,
} from './admin/overview/stream-overview.js';
export type { StreamList, StreamListOptions } from './admin/overview/stream-list.js';
export type { BacklogOptions, GroupBacklog } from './admin/backlog.js';
export { StreamGroups } from './admin/groups/stream-groups.js';
export type {
  DrainOptions,
  GroupOptions,
  PauseOptions,
  RemoveConsumerOptions,
  RemoveGroupOptions,
} from './admin/groups/group-options.js';
export type { ConsumerRemoval, GroupRemoval } from './model/groups/group-removal.js';
export type { GroupPause } from './model/groups/group-pause.js';
export type { GroupState, GroupWorker, RunningEntry } from './model/groups/group-state.js';
export { DrainInterruptedError, RemovalRefusedError } from './model/errors/group-errors.js';
export { DeadLetters, type DeadLetterListOptions } from './admin/letters/dead-letters.js';
export type { DeadLetterFilter } from './admin/letters/letter-filter.js';
export type { DeadLetterSelection } from './admin/letters/letter-selection.js';
export type { DeadLetterSummary, DeathCause } from './admin/letters/letter-summary.js';
export type { OperationOptions, RedriveOptions, RevivingOptions } from './admin/operations/operation-options.js';
export { StreamReplay } from './admin/replay/stream-replay.js';
export type { ReplayOptions, ReplayRange } from './admin/replay/replay-options.js';
export { type StartedOperation, StreamOperations } from './admin/operations/stream-operations.js';
export type {
  OperationInfo,
  OperationKind,
  OperationPlan,
  OperationState,
  PlannedItem,
} from './model/operations/operation.js';
export type { DeadLetter } from './admin/dead-letter.js';
export type { HistoryOptions } from './admin/entry-pages.js';
export type { HistoryEntry } from './admin/history-entry.js';
export type { GroupRates, RatesOptions, StreamRates } from './admin/stream-rates.js';
export type { ConsumerStats, GroupStats, StreamStats } from './admin/stream-stats.js';
