// What both public entries export, index.ts and client.ts. Nothing of Nest may be reached from here.
export type { AnyStream, KnownStream, PayloadOf, StreamName, StreamPayloads } from './model/payloads.js';
export type { StreamCodec } from './wire/codec.js';
export type { ClientConnectionOptions } from './options/client-options.js';
export type {
  ClusterConnectionOptions,
  ConnectionFactory,
  ConnectionOptions,
  ConnectionRole,
  RoleOptions,
} from './options/options.js';
export { StreamProducer } from './tasks/stream-producer.js';
export type { IdempotencyOptions } from './tasks/adding/add-key.js';
export type { AddOptions, BulkItem } from './tasks/adding/add-options.js';
export { type PromoteOutcome, type RescheduleOutcome, StreamTasks } from './tasks/stream-tasks.js';
export type { DelayedOptions, NewDue } from './tasks/delayed/delayed-options.js';
export type { ListedState, ListedTask, TaskPage } from './tasks/status/task-list.js';
export type { CancelOptions, ListOptions, TaskOptions } from './tasks/status/task-options.js';
export type { RunOptions, WaitOptions } from './tasks/waiting/wait-options.js';
export { isTaskEnd } from './tasks/watching/cursor.js';
export type { WatchOptions } from './tasks/watching/watch-options.js';
export type {
  TaskChunkEvent,
  TaskEndEvent,
  TaskEvent,
  TaskGapEvent,
  TaskProgressEvent,
  TaskRestartEvent,
  TaskStateEvent,
} from './model/tasks/task-event.js';
export type {
  CancelledTask,
  CompletedTask,
  DeadLetteredTask,
  DelayedTask,
  EndState,
  ExpiredTask,
  FinishedTask,
  RetryScheduledTask,
  RunningTask,
  TaskInfo,
  TaskState,
  UnknownTask,
  WaitingTask,
} from './model/tasks/task-info.js';
export type { TaskTrace, TracedTask } from './model/tasks/task-trace.js';
export type { CancelOutcome } from './model/ports/tasks/task-store.js';
export type { ScheduleOptions, ScheduleWhen } from './schedules/schedule-options.js';
export type { ScheduleTick } from './schedules/schedule.js';
export { type ScheduleInfo, type ScheduleSpec, StreamSchedules } from './schedules/stream-schedules.js';
export type { ScheduledTaskOptions } from './schedules/task-template.js';
export { type OverviewOptions, StreamMonitor } from './admin/stream-monitor.js';
export type { StreamList, StreamListOptions } from './admin/overview/stream-list.js';
export type {
  ConsumerOverview,
  GroupActivity,
  GroupOverview,
  StreamOverview,
} from './admin/overview/stream-overview.js';
export type { BacklogOptions, GroupBacklog } from './admin/backlog.js';
export type { GroupRates, RatesOptions, StreamRates } from './admin/stream-rates.js';
export type { ConsumerStats, GroupStats, StreamStats } from './admin/stream-stats.js';
export type { HistoryEntry } from './admin/history-entry.js';
export type { HistoryOptions } from './admin/entry-pages.js';
export type { DeadLetter } from './admin/dead-letter.js';
export { type DeadLetterListOptions, DeadLetters } from './admin/letters/dead-letters.js';
export type { DeadLetterFilter } from './admin/letters/letter-filter.js';
export type { DeadLetterSelection } from './admin/letters/letter-selection.js';
export type { DeadLetterSummary, DeathCause } from './admin/letters/letter-summary.js';
export type { ReplayOptions, ReplayRange } from './admin/replay/replay-options.js';
export { StreamReplay } from './admin/replay/stream-replay.js';
export type { OperationOptions, RedriveOptions, RevivingOptions } from './admin/operations/operation-options.js';
export { type StartedOperation, StreamOperations } from './admin/operations/stream-operations.js';
export type {
  OperationInfo,
  OperationKind,
  OperationPlan,
  OperationState,
  PlannedItem,
} from './model/operations/operation.js';
export type {
  DrainOptions,
  GroupOptions,
  PauseOptions,
  RemoveConsumerOptions,
  RemoveGroupOptions,
} from './admin/groups/group-options.js';
export { StreamGroups } from './admin/groups/stream-groups.js';
export type { GroupPause, PauseChange } from './model/groups/group-pause.js';
export type { ConsumerRemoval, GroupRemoval } from './model/groups/group-removal.js';
export type { GroupState, GroupWorker, RunningEntry } from './model/groups/group-state.js';
export type { Finding, FindingStatus } from './admin/doctor/finding.js';
export { StreamDoctor } from './admin/doctor/stream-doctor.js';
export type { DeadLetterReason } from './model/policy/retry-policy.js';
export { AddBulkError, type AddOutcome } from './model/errors/add-bulk-error.js';
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
export { DrainInterruptedError, RemovalRefusedError } from './model/errors/group-errors.js';
export { OperationActiveError } from './model/errors/operation-errors.js';
export {
  ResultNotKeptError,
  TaskCancelledError,
  TaskExpiredError,
  TaskFailedError,
  WaitTimeoutError,
} from './model/errors/task-errors.js';
