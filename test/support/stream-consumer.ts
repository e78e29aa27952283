import { EventListeners } from '../../libs/redis-streams/src/engine/observers/event-listeners.js';
import {
  type ConsumerHandler,
  StreamConsumer,
  type StreamConsumerParts,
} from '../../libs/redis-streams/src/engine/stream-consumer.js';
import { InMemoryBroker } from '../../libs/redis-streams/src/in-memory/in-memory-broker.js';
import type { StreamHooks } from '../../libs/redis-streams/src/model/hooks.js';
import type { Log } from '../../libs/redis-streams/src/model/log.js';
import type { ResolvedHandlerOptions } from '../../libs/redis-streams/src/options/resolve-handler-options.js';
import { forwardEncoder, HeldRuns, recordedLog, subscriptionOptions } from './engine.js';

const OPTIONS = {
  ...{ blockMs: 5_000, claimForeignAfterMs: 300_000, abandonGroupAfterMs: undefined },
  ...{ startupTimeoutMs: 3_000, shutdownTimeoutMs: 10_000 },
};

/** All that a process consumes, on the broker in memory; with runs that a spec ends. */
export function streamConsumer(
  hooks: StreamHooks = {},
  userLog?: Log,
  instruments?: StreamConsumerParts['instruments'],
) {
  const broker = new InMemoryBroker();
  const log = recordedLog();
  const consumer = new StreamConsumer(OPTIONS, 'me', {
    broker,
    forwardEncoder,
    listeners: new EventListeners(hooks, log),
    log: userLog ?? log,
    instruments,
  });
  const runs = new HeldRuns();
  const on = (stream: string, given: Partial<ResolvedHandlerOptions> = {}): ConsumerHandler => ({
    ...{ stream, options: subscriptionOptions(given), handler: runs.handler },
  });
  return { broker, log, consumer, runs, on };
}
