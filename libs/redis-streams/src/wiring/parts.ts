import { StreamDoctor } from '../admin/doctor/stream-doctor.js';
import { StreamGroups } from '../admin/groups/stream-groups.js';
import { StreamMonitor } from '../admin/stream-monitor.js';
import { safeLog } from '../engine/observers/safe-log.js';
import { resolveOptions } from '../options/resolve-options.js';
import { StreamNames } from '../options/stream-names.js';
import { AdmittedAppend } from '../redis/append/admission/admitted-append.js';
import { AppendConnection } from '../redis/append/append-connection.js';
import { AppendReport } from '../redis/append/append-report.js';
import { ReplicatedAppend } from '../redis/append/replicated-append.js';
import { RedisAppendProbe } from '../redis/append/redis-append-probe.js';
import { StreamAppender } from '../redis/append/stream-appender.js';
import { describeConnection, repeatAfterMs } from '../redis/connections/connection-options.js';
import { Connections } from '../redis/connections/connections.js';
import type { RedisClient } from '../redis/connections/redis-client.js';
import { RedisDelayedTasks } from '../redis/delayed/redis-delayed-tasks.js';
import { RedisOwnIds } from '../redis/delayed/redis-own-ids.js';
import { RedisDoorbell } from '../redis/doorbell/redis-doorbell.js';
import { RedisGroupStore } from '../redis/groups/redis-group-store.js';
import { Keys } from '../redis/keys.js';
import { QueryConnection } from '../redis/queries/query-connection.js';
import { RedisDiagnosis } from '../redis/queries/redis-diagnosis.js';
import { StreamQueries } from '../redis/queries/stream-queries.js';
import { asFailure } from '../redis/connections/redis-failure.js';
import { RedisRevival } from '../redis/revival/redis-revival.js';
import { RedisScheduleStore } from '../redis/schedules/redis-schedule-store.js';
import { RedisTaskStore } from '../redis/tasks/redis-task-store.js';
import { StreamSchedules } from '../schedules/stream-schedules.js';
import { Ticker } from '../schedules/ticking/ticker.js';
import { AddInterceptors } from '../tasks/adding/add-interceptors.js';
import { Promoter } from '../tasks/delayed/promoter.js';
import { AnyIdDoorbell } from '../tasks/own-ids/any-id-doorbell.js';
import { AnyIdStore } from '../tasks/own-ids/any-id-store.js';
import { KnownEntries } from '../tasks/own-ids/known-entries.js';
import { StreamProducer } from '../tasks/stream-producer.js';
import { StreamTasks } from '../tasks/stream-tasks.js';
import { TaskWatches } from '../tasks/watching/task-watches.js';
import { TaskWaits } from '../tasks/waiting/task-waits.js';
import { uniqueProcessName } from '../wire/consumer-name.js';
import { Instruments } from './instruments.js';
import { OPERATION_PARTS } from './operation-parts.js';
import { type Part, provide } from './provide.js';
import { scriptRunner } from './script-runner.js';
import { GIVEN_OPTIONS, LOG, OPTIONS, PROCESS_NAME } from './tokens.js';

export { GIVEN_OPTIONS, LOG, OPTIONS, PROCESS_NAME };

/** How what asks and adds is put together, with or without Nest. Only `GIVEN_OPTIONS` and `LOG` are missing. */
export const PARTS: readonly Part[] = [
  provide(OPTIONS, [GIVEN_OPTIONS], (given) => resolveOptions(given)),
  provide(PROCESS_NAME, [], uniqueProcessName),
  provide(StreamNames, [OPTIONS, LOG], ({ streams }, log) => new StreamNames(streams, safeLog(log))),
  provide(Keys, [OPTIONS], ({ prefix }) => new Keys(prefix)),
  provide(Connections, [OPTIONS, PROCESS_NAME, LOG], (options, processName, log) => {
    const report = new AppendReport(describeConnection(options.connection), safeLog(log));
    return new Connections(options, processName, report);
  }),

  provide(AppendConnection, [Connections, OPTIONS], (connections, { addTimeoutMs }) =>
    appendConnection(connections, connections.append(), addTimeoutMs),
  ),
  provide(RedisAppendProbe, [AppendConnection, Keys], (connection, keys) => new RedisAppendProbe(connection, keys)),
  provide(
    StreamAppender,
    [AppendConnection, Keys, RedisAppendProbe, Connections, OPTIONS],
    (connection, keys, probe, connections, { addTimeoutMs }) => {
      const open = {
        replicated: () =>
          new ReplicatedAppend(appendConnection(connections, connections.replicatedAppend(), addTimeoutMs)),
        admitted: () => {
          const attemptMs = repeatAfterMs(addTimeoutMs);
          const attempts = appendConnection(connections, connections.admittedAppend(attemptMs), attemptMs);
          return new AdmittedAppend(attempts, keys, addTimeoutMs);
        },
      };
      return new StreamAppender(connection, keys, probe, open);
    },
  ),
  provide(
    Promoter,
    [AppendConnection, Keys, LOG],
    (connection, keys, log) => new Promoter(new RedisDelayedTasks(connection, keys), safeLog(log)),
  ),
  provide(Instruments, [Connections], (connections) => new Instruments(connections)),
  provide(AddInterceptors, [Instruments, LOG], ({ aroundAdds }, log) => new AddInterceptors(aroundAdds, safeLog(log))),
  provide(
    StreamProducer,
    [StreamAppender, StreamNames, AddInterceptors, Promoter, Ticker, OPTIONS],
    (appender, names, interceptors, promoter, ticker, encoding) =>
      new StreamProducer({ appender, encoding, names, interceptors, promoter, begun: () => ticker.startQuietly() }),
  ),
  provide(
    RedisDoorbell,
    [Connections, Keys, PROCESS_NAME, LOG],
    (connections, keys, processName, log) => new RedisDoorbell({ connections, keys, log: safeLog(log) }, processName),
  ),
  provide(
    QueryConnection,
    [Connections, OPTIONS],
    (connections, { addTimeoutMs }) => new QueryConnection(connections, addTimeoutMs),
  ),
  provide(StreamQueries, [QueryConnection, Keys], (connection, keys) => new StreamQueries(connection, keys)),
  provide(
    StreamMonitor,
    [StreamQueries, StreamNames, LOG],
    (queries, names, log) => new StreamMonitor(queries, names, safeLog(log)),
  ),
  provide(
    StreamDoctor,
    [QueryConnection, Keys, Connections, StreamMonitor],
    (connection, keys, connections, monitor) =>
      new StreamDoctor(new RedisDiagnosis(connection, keys, connections), monitor),
  ),
  provide(RedisGroupStore, [QueryConnection, Keys], (connection, keys) => new RedisGroupStore(connection, keys)),
  provide(
    StreamGroups,
    [RedisGroupStore, StreamNames, OPTIONS],
    (store, names, { claimForeignAfterMs }) => new StreamGroups({ store, names, foreignLeaseMs: claimForeignAfterMs }),
  ),
  provide(RedisTaskStore, [QueryConnection, Keys], (connection, keys) => new RedisTaskStore(connection, keys)),
  provide(RedisOwnIds, [QueryConnection, Keys], (connection, keys) => new RedisOwnIds(connection, keys)),
  provide(RedisRevival, [QueryConnection, Keys], (connection, keys) => new RedisRevival(connection, keys)),
  provide(KnownEntries, [], () => new KnownEntries()),
  provide(
    AnyIdStore,
    [RedisTaskStore, RedisOwnIds, KnownEntries],
    (entries, ownIds, known) => new AnyIdStore({ entries, ownIds, known }),
  ),
  provide(AnyIdDoorbell, [RedisDoorbell, KnownEntries], (doorbell, known) => new AnyIdDoorbell(doorbell, known)),
  provide(TaskWaits, [AnyIdStore, AnyIdDoorbell], (store, doorbell) => new TaskWaits(store, doorbell)),
  provide(TaskWatches, [AnyIdStore, AnyIdDoorbell], (store, doorbell) => new TaskWatches(store, doorbell)),
  provide(
    StreamTasks,
    [AnyIdStore, StreamNames, TaskWaits, TaskWatches, StreamProducer, RedisOwnIds, Promoter],
    (store, names, waits, watches, producer, ownIds, promoter) =>
      new StreamTasks({ store, names, waits, watches, producer, ownIds, promoter }),
  ),
  provide(RedisScheduleStore, [Connections, QueryConnection, Keys], (connections, queries, keys) => {
    const run = scriptRunner(connections, (send) => queries.ask(send));
    return new RedisScheduleStore(run, keys);
  }),
  provide(Ticker, [Connections, AppendConnection, Keys, LOG], (connections, adds, keys, log) => {
    // What it asks for now and then is no reason for one more connection.
    const run = scriptRunner(connections, (send) => adds.call(send, asFailure, 'probe'));
    return new Ticker({ store: new RedisScheduleStore(run, keys), log: safeLog(log) });
  }),
  provide(
    StreamSchedules,
    [RedisScheduleStore, StreamAppender, OPTIONS, StreamNames, Ticker, AddInterceptors],
    (store, appender, encoding, names, ticker, interceptors) =>
      new StreamSchedules({ store, appender, encoding, names, ticker, interceptors }),
  ),
  ...OPERATION_PARTS,
];

function appendConnection(connections: Connections, client: RedisClient, timeoutMs: number): AppendConnection {
  return new AppendConnection(client, timeoutMs, () => connections.lastError(client));
}
