import { EngineEvents, type EngineObserver } from '../../libs/redis-streams/src/engine/events.js';
import { GroupSetup } from '../../libs/redis-streams/src/engine/group/group-setup.js';
import { Once } from '../../libs/redis-streams/src/engine/output/once.js';
import { KnownLife } from '../../libs/redis-streams/src/engine/group/known-life.js';
import { MarksProblem } from '../../libs/redis-streams/src/engine/group/marks-problem.js';
import { Pause } from '../../libs/redis-streams/src/engine/group/pause.js';
import { RecentlyAcked } from '../../libs/redis-streams/src/engine/group/recently-acked.js';
import { Output } from '../../libs/redis-streams/src/engine/output/output.js';
import { Conclusion } from '../../libs/redis-streams/src/engine/runs/conclusion.js';
import { Runner } from '../../libs/redis-streams/src/engine/runs/runner.js';
import { Successors } from '../../libs/redis-streams/src/engine/runs/successors.js';
import { Settlement } from '../../libs/redis-streams/src/engine/runs/settlement.js';
import { Aborts } from '../../libs/redis-streams/src/engine/state/deliveries/aborts.js';
import { Deliveries } from '../../libs/redis-streams/src/engine/state/deliveries/deliveries.js';
import { LinkStability } from '../../libs/redis-streams/src/engine/state/link-stability.js';
import type { Lease } from '../../libs/redis-streams/src/engine/state/deliveries/delivery.js';
import { Progress } from '../../libs/redis-streams/src/engine/state/progress.js';
import { RetrySchedule } from '../../libs/redis-streams/src/engine/state/retry-schedule.js';
import { Slots } from '../../libs/redis-streams/src/engine/state/slots.js';
import { SuspectPlace } from '../../libs/redis-streams/src/engine/state/suspect-place.js';
import type { SubscriptionOptions } from '../../libs/redis-streams/src/engine/subscription-options.js';
import { Presence } from '../../libs/redis-streams/src/engine/upkeep/presence.js';
import { InMemoryBroker } from '../../libs/redis-streams/src/in-memory/in-memory-broker.js';
import type { RawEntry } from '../../libs/redis-streams/src/model/entry.js';
import type { Handler } from '../../libs/redis-streams/src/model/handler.js';
import { DueClock } from '../../libs/redis-streams/src/timing/due-clock.js';
import { Turn } from '../../libs/redis-streams/src/timing/turn.js';
import { EventRecord, forwardEncoder, HeldRuns, subscriptionOptions } from './engine.js';

export type EngineParts = ReturnType<typeof engineParts>;

/**
 * The parts of one subscription on a broker in memory, as `Subscription` makes them, up to the settlement; for specs that drive
 * them by hand. Fake time comes before them.
 * @param observer instead of one that wants and notes everything
 */
export function engineParts(given: Partial<SubscriptionOptions> = {}, observer?: EngineObserver) {
  const options = subscriptionOptions(given);
  const broker = new InMemoryBroker();
  const stream = broker.stream(options.stream);
  const group = broker.group(options);
  const reader = broker.reader(options);
  const told = new EventRecord();
  const events = new EngineEvents(options, [observer ?? told.observer]);
  const turn = new Turn();

  const progress = new Progress();
  const slots = new Slots(options.concurrency);
  slots.whenFreed(() => turn.request());
  const output = new Output(options.output, group, events);
  const deliveries = new Deliveries({ options, output, forwardEncoder, once: new Once(group) }, slots, progress, turn);
  const stability = new LinkStability();
  const aborts = new Aborts(options.timeoutMs, options.abortGraceMs);
  const dueClock = new DueClock();
  const retries = new RetrySchedule(dueClock);

  const life = new KnownLife();
  const recentlyAcked = new RecentlyAcked();
  const marks = new MarksProblem(group.marksKey, events);
  const pause = new Pause(events);
  const presence = new Presence(options, { group, deliveries, pause });
  const groupSetup = new GroupSetup(options.startAfter, { group, life, marks, pause, events });
  const conclusion = new Conclusion({ deliveries, retries, life, recentlyAcked, progress, events });
  const successors = new Successors(group, events);
  const settlement = new Settlement(options, { group, groupSetup, conclusion, successors, events, turn });
  const suspects = new SuspectPlace();

  /** Adds so many entries, each with these fields, and reads them as this consumer. */
  const read = async (count: number, fields = ['n', '1']): Promise<readonly RawEntry[]> => {
    if (!stream.group(options.group)) await groupSetup.ensure();
    if (!reader.isConnected) await reader.connect();
    for (let n = 0; n < count; n++) stream.add(fields);
    return reader.read(count, 0);
  };
  return {
    ...{ options, broker, stream, group, reader, told, events, turn },
    ...{ output, progress, slots, deliveries, stability, aborts, dueClock, retries },
    ...{ life, recentlyAcked, marks, pause, presence, groupSetup, conclusion, settlement, suspects, read },
    /** Reads so many as above, and takes them. */
    take: async (count: number): Promise<readonly Lease[]> =>
      (await read(count)).map(({ id }) => deliveries.take(id, 1, performance.now())),
    /** What Redis has pending: id, owner and delivery count in one text each. */
    pending: () =>
      stream
        .group(options.group)!
        .held.map(({ id, consumer, deliveryCount }) => `${id} ${consumer.split('@')[0]} ${deliveryCount}`),
  };
}

export interface RunnerSetting {
  readonly options?: Partial<SubscriptionOptions>;
  readonly handler?: Handler;
  readonly observer?: EngineObserver;
}

/** The same with a runner, of a handler whose runs end when the spec ends them, unless another is given. */
export function runnerParts({ options, handler, observer }: RunnerSetting = {}) {
  const parts = engineParts(options, observer);
  const runs = new HeldRuns();
  const runner = new Runner(parts.options, { ...parts, handler: handler ?? runs.handler });
  return { ...parts, runs, runner };
}
