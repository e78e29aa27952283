/**
 * The entry for scripts and tools: nothing of Nest is loaded. The classes are those of 'nestjs-redis-streams'.
 *
 * @packageDocumentation
 */
export {
  createStreamsClient,
  type StreamsClient,
  type StreamsClientOptions,
  type StreamsClientTracing,
} from './wiring/streams-client.js';
export type { Log as StreamsLog, LogFields as StreamsLogFields } from './model/log.js';
export type { ClientConnectionOptions } from './options/client-options.js';
export type { ConnectionOptions } from './options/options.js';
export type { StreamCodec } from './wire/codec.js';
export type { StreamPayloads } from './model/payloads.js';
export {
  AddOutcomeUnknownError,
  AddRefusedError,
  EncodeError,
  IdempotencyConflictError,
  NotReplicatedError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
} from './model/errors/errors.js';
export {
  ResultNotKeptError,
  TaskCancelledError,
  TaskExpiredError,
  TaskFailedError,
  WaitTimeoutError,
} from './model/errors/task-errors.js';
export { AddBulkError, type AddOutcome } from './model/errors/add-bulk-error.js';
export type { StreamProducer } from './tasks/stream-producer.js';
export type { AddOptions, BulkItem } from './tasks/adding/add-options.js';
export type { StreamTasks } from './tasks/stream-tasks.js';
export type { TaskInfo, TaskState } from './model/tasks/task-info.js';
export type { TaskEvent } from './model/tasks/task-event.js';
export { isTaskEnd } from './tasks/watching/cursor.js';
export type { StreamSchedules } from './schedules/stream-schedules.js';
export type { StreamDoctor } from './admin/doctor/stream-doctor.js';
export type { Finding, FindingStatus } from './admin/doctor/finding.js';
export type { StreamGroups } from './admin/groups/stream-groups.js';
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
export type { BacklogOptions, GroupBacklog } from './admin/backlog.js';
export type { DeadLetters } from './admin/letters/dead-letters.js';
export type { StreamReplay } from './admin/replay/stream-replay.js';
export type { StartedOperation, StreamOperations } from './admin/operations/stream-operations.js';
export type { OperationInfo, OperationPlan } from './model/operations/operation.js';
export { OperationActiveError } from './model/errors/operation-errors.js';
export type { OverviewOptions, StreamMonitor } from './admin/stream-monitor.js';
export type {
  ConsumerOverview,
  GroupActivity,
  GroupOverview,
  StreamOverview,
} from './admin/overview/stream-overview.js';
export type { StreamList, StreamListOptions } from './admin/overview/stream-list.js';
export type { DeadLetter } from './admin/dead-letter.js';
export type { HistoryEntry } from './admin/history-entry.js';
export type { GroupRates, RatesOptions, StreamRates } from './admin/stream-rates.js';
export type { ConsumerStats, GroupStats, StreamStats } from './admin/stream-stats.js';
