import { StreamDoctor } from '../admin/doctor/stream-doctor.js';
import { DeadLetters } from '../admin/letters/dead-letters.js';
import { OperationRunner } from '../admin/operations/work/operation-runner.js';
import { StreamOperations } from '../admin/operations/stream-operations.js';
import { StreamGroups } from '../admin/groups/stream-groups.js';
import { StreamReplay } from '../admin/replay/stream-replay.js';
import { StreamMonitor } from '../admin/stream-monitor.js';
import type { Log } from '../model/log.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import { CLIENT_OPTIONS, type ClientConnectionOptions } from '../options/client-options.js';
import { Connections } from '../redis/connections/connections.js';
import { StreamSchedules } from '../schedules/stream-schedules.js';
import { Ticker } from '../schedules/ticking/ticker.js';
import { StreamProducer } from '../tasks/stream-producer.js';
import { StreamTasks } from '../tasks/stream-tasks.js';
import { consoleLog } from './console-log.js';
import { Instruments } from './instruments.js';
import { GIVEN_OPTIONS, LOG, PARTS } from './parts.js';
import { assemble, provide } from './provide.js';

/** Options of `createStreamsClient`; all but `log` are as in `RedisStreamsModule.forRoot`, with the same defaults. */
export interface StreamsClientOptions extends ClientConnectionOptions {
  /** Where warnings and errors go that no call is rejected with, such as a broken connection. Default: to stderr. */
  log?: Log;
  /** Traces what it adds, redrives and replays: what `clientTracing` of 'nestjs-redis-streams/client-tracing' returns. Default none. */
  tracing?: StreamsClientTracing;
}

/** What `clientTracing` of 'nestjs-redis-streams/client-tracing' returns. */
export interface StreamsClientTracing {
  /** Where spans begin and end, which is the library's own business; undefined where no tracer provider is registered. */
  readonly instrument: object | undefined;
}

/** What `createStreamsClient` returns: the same classes that RedisStreamsModule provides, over connections of their own. */
export interface StreamsClient {
  readonly producer: StreamProducer;
  readonly tasks: StreamTasks;
  readonly schedules: StreamSchedules;
  readonly monitor: StreamMonitor;
  readonly deadLetters: DeadLetters;
  readonly replays: StreamReplay;
  readonly operations: StreamOperations;
  readonly doctor: StreamDoctor;
  readonly groups: StreamGroups;
  /**
   * Ends all waits and watches, leaves bulk actions to others, and closes the connections: adds and questions in flight are rejected, so await them before. Until then the
   * connections keep the process alive. Closed twice, it is closed.
   */
  close(): Promise<void>;
}

const WHERE = 'StreamsClient options';
const LOG_METHODS = ['debug', 'log', 'warn', 'error'] as const;

/**
 * Adds tasks and asks about them where there is no application of Nest: in scripts, tests and tools. It runs no handlers. Each connection is
 * opened at its first use; as any process that adds, it lets due delayed tasks and schedules in while it is open.
 *
 * @throws RedisStreamsConfigError for an unknown or wrong option
 * @example
 * const streams = createStreamsClient({ connection: 'redis://localhost:6379' });
 * const id = await streams.producer.add('ai:chat', { prompt });
 * console.log(await streams.tasks.result('ai:chat', id));
 * await streams.close();
 */
export function createStreamsClient(options: StreamsClientOptions = {}): StreamsClient {
  const { log = consoleLog, tracing, ...connection } = plainObject(options, WHERE);
  assertKnownKeys(connection, CLIENT_OPTIONS, WHERE);
  assertLog(log);
  assertTracing(tracing);
  const part = assemble([...PARTS, provide(LOG, [], () => log)], [GIVEN_OPTIONS, connection]);
  if (tracing?.instrument) part(Instruments).add(tracing.instrument);
  const tasks = part(StreamTasks);
  return {
    tasks,
    producer: part(StreamProducer),
    schedules: part(StreamSchedules),
    monitor: part(StreamMonitor),
    deadLetters: part(DeadLetters),
    replays: part(StreamReplay),
    operations: part(StreamOperations),
    doctor: part(StreamDoctor),
    groups: part(StreamGroups),
    async close() {
      tasks.close();
      await Promise.all([part(Ticker).stop(), part(OperationRunner).stop()]);
      part(Connections).close();
    },
  };
}

function assertLog(log: unknown): asserts log is Log {
  const isLog = LOG_METHODS.every((method) => typeof (log as Partial<Log> | null)?.[method] === 'function');
  if (!isLog) fail(`${WHERE}: log`, `an object with the methods ${LOG_METHODS.join(', ')}`, log);
}

function assertTracing(tracing: unknown): asserts tracing is StreamsClientTracing | undefined {
  const isTracing =
    tracing === undefined || (typeof tracing === 'object' && tracing !== null && 'instrument' in tracing);
  if (!isTracing)
    fail(`${WHERE}: tracing`, 'what clientTracing of nestjs-redis-streams/client-tracing returns', tracing);
}
