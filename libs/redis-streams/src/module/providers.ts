import { ApplicationConfig, ModuleRef } from '@nestjs/core';
import { OperationRunner } from '../admin/operations/work/operation-runner.js';
import { EventListeners } from '../engine/observers/event-listeners.js';
import { safeLog } from '../engine/observers/safe-log.js';
import { StreamConsumer } from '../engine/stream-consumer.js';
import { RedisStreamsHealthIndicator } from '../health/redis-streams.health.js';
import type { ClientParts } from '../nest/client/stream-client-proxy.js';
import { ConsumerLifecycle } from '../nest/consumer-lifecycle.js';
import { NestLog } from '../nest/nest-log.js';
import { RedisStreamsStrategy } from '../nest/redis-streams.strategy.js';
import { StreamNames } from '../options/stream-names.js';
import { RedisAppendProbe } from '../redis/append/redis-append-probe.js';
import { Connections } from '../redis/connections/connections.js';
import { RedisDoorbell } from '../redis/doorbell/redis-doorbell.js';
import { Keys } from '../redis/keys.js';
import { StreamQueries } from '../redis/queries/stream-queries.js';
import { RedisBroker } from '../redis/redis-broker.js';
import { TaskForwarder } from '../tasks/chains/task-forwarder.js';
import { Ticker } from '../schedules/ticking/ticker.js';
import { Promoter } from '../tasks/delayed/promoter.js';
import { AnyIdStore } from '../tasks/own-ids/any-id-store.js';
import { StreamProducer } from '../tasks/stream-producer.js';
import { StreamTasks } from '../tasks/stream-tasks.js';
import { StreamMonitor } from '../admin/stream-monitor.js';
import { Instruments } from '../wiring/instruments.js';
import { LOG, OPTIONS, PARTS, PROCESS_NAME } from '../wiring/parts.js';
import { INSIGHT } from './insight.js';
import { type Part, provide, token } from '../wiring/provide.js';

/** Of a `RedisStreamsClient`. */
export const CLIENT_PARTS = token<ClientParts>('client parts');

/** What only an application of Nest has beside `PARTS`. */
const NEST_PARTS: readonly Part[] = [
  provide(LOG, [], () => new NestLog()),
  provide(EventListeners, [OPTIONS, LOG], ({ hooks }, log) => new EventListeners(hooks, safeLog(log))),
  provide(
    CLIENT_PARTS,
    [StreamProducer, StreamTasks, AnyIdStore, RedisAppendProbe, Connections, OPTIONS, LOG],
    (producer, tasks, store, probe, connections, { addTimeoutMs }, log) => ({
      ...{ producer, tasks, store, probe, log: safeLog(log) },
      ...{ link: connections.append(), leadsTo: connections.describe(), connectTimeoutMs: addTimeoutMs },
    }),
  ),
  provide(
    RedisBroker,
    [Connections, Keys, PROCESS_NAME],
    (connections, keys, processName) => new RedisBroker(connections, keys, processName),
  ),
  provide(
    TaskForwarder,
    [OPTIONS, StreamNames, Instruments],
    (encoding, names, { aroundForwards }) => new TaskForwarder({ encoding, names, arounds: aroundForwards }),
  ),
  provide(
    StreamConsumer,
    [OPTIONS, PROCESS_NAME, RedisBroker, RedisDoorbell, Promoter, EventListeners, TaskForwarder, Instruments, LOG],
    (options, processName, broker, doorbell, promotion, listeners, forwardEncoder, instruments, log) =>
      new StreamConsumer(options, processName, {
        ...{ broker, doorbell, promotion, listeners, forwardEncoder, instruments, log },
      }),
  ),
  provide(
    ConsumerLifecycle,
    [OPTIONS, StreamConsumer, ModuleRef, ApplicationConfig, EventListeners, StreamNames, Ticker, OperationRunner, LOG],
    (options, consumer, moduleRef, config, listeners, names, ticker, operations, log) =>
      new ConsumerLifecycle({ options, consumer, moduleRef, config, listeners, names, ticker, operations, log }),
  ),
  provide(RedisStreamsStrategy, [ConsumerLifecycle], (lifecycle) => new RedisStreamsStrategy(lifecycle)),
  provide(
    INSIGHT,
    [StreamConsumer, Connections, StreamMonitor, OPTIONS],
    (consumer, { reconnects }, monitor, { streams = [] }) => ({
      ...{ statuses: () => consumer.statuses(), reconnects, listedStreams: streams, monitor },
    }),
  ),
  provide(
    RedisStreamsHealthIndicator,
    [StreamConsumer, RedisAppendProbe, StreamQueries, StreamNames],
    (consumer, adds, queries, names) => new RedisStreamsHealthIndicator({ consumer, adds, queries, names }),
  ),
];

/** How the parts of a process are put together. Only `GIVEN_OPTIONS` is missing. */
export const PROVIDERS: readonly Part[] = [...PARTS, ...NEST_PARTS];
