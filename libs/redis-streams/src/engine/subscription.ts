import type { ForwardEncoder } from '../model/forward.js';
import type { Handler } from '../model/handler.js';
import type { Broker } from '../model/ports/broker.js';
import type { Promotion } from '../model/ports/tasks/delayed.js';
import { DueClock } from '../timing/due-clock.js';
import { Turn } from '../timing/turn.js';
import { EngineEvents, type EngineObserver } from './events.js';
import { DoneBefore } from './group/done-before.js';
import { GroupSetup } from './group/group-setup.js';
import { KnownLife } from './group/known-life.js';
import { MarksProblem } from './group/marks-problem.js';
import { Pause } from './group/pause.js';
import { RecentlyAcked } from './group/recently-acked.js';
import { Intake } from './loop/intake.js';
import { ReadLoop } from './loop/read-loop.js';
import { Once } from './output/once.js';
import { Output } from './output/output.js';
import { Conclusion } from './runs/conclusion.js';
import { Runner } from './runs/runner.js';
import { Settlement } from './runs/settlement.js';
import { Successors } from './runs/successors.js';
import { type Stoppable, stopInPhases } from './shutdown.js';
import { Aborts } from './state/deliveries/aborts.js';
import { Deliveries } from './state/deliveries/deliveries.js';
import { LinkStability } from './state/link-stability.js';
import { LoopState } from './loop/loop-state.js';
import { Progress } from './state/progress.js';
import { RetrySchedule } from './state/retry-schedule.js';
import { Slots } from './state/slots.js';
import type { SuspectPlace } from './state/suspect-place.js';
import type { SubscriptionOptions } from './subscription-options.js';
import type { SubscriptionStatus } from './subscription-status.js';
import { Claims } from './upkeep/claims.js';
import { ConsumerPruner } from './upkeep/consumer-pruner.js';
import { HistoryTrimmer } from './upkeep/history-trimmer.js';
import { LeaseKeeper } from './upkeep/lease-keeper.js';
import { Presence } from './upkeep/presence.js';

export interface SubscriptionContext {
  readonly broker: Broker;
  readonly observers: readonly EngineObserver[];
  /** Shared by all subscriptions of a process. */
  readonly suspects: SuspectPlace;
  /** Lets delayed tasks enter the stream in time. */
  readonly promotion?: Promotion | undefined;
  /** See `ClaimsParts`. */
  readonly isDeaf?: (() => boolean) | undefined;
  readonly forwardEncoder: ForwardEncoder;
}

/** One stream and group that this process consumes: makes the parts, each of what was made before it, starts and stops them. */
export class Subscription {
  private readonly parts: ReturnType<typeof makeParts>;
  private ignoreReconnects = () => {};
  private stopped: Promise<void> | undefined;

  constructor(
    readonly options: SubscriptionOptions,
    handler: Handler,
    private readonly context: SubscriptionContext,
  ) {
    this.parts = makeParts(options, handler, context);
  }

  /** Creates the group and starts the loop; from then on it heals by itself. */
  async start(): Promise<void> {
    const { groupSetup, leases, history, pruner, presence, loop } = this.parts;
    await groupSetup.ensure();
    if (this.stopped) return;
    this.ignoreReconnects = this.context.broker.onReady(() => void leases.renew());
    leases.start();
    history.start();
    pruner.start();
    presence.start();
    loop.start();
  }

  /** Somebody has asked to cancel an entry that may be here. */
  lookForCancels(): void {
    this.parts.leases.lookForCancels();
  }

  /** A retry may be due earlier than was known. */
  lookForRetries(): void {
    this.parts.retries.lookSoon();
  }

  /** The group may have been paused, or resumed. */
  lookForPause(): void {
    this.parts.pause.doubt();
    this.parts.retries.lookSoon();
  }

  /** See `stopInPhases`. Never rejects. */
  stop(budgetMs: number): Promise<void> {
    return (this.stopped ??= this.stopOnce(budgetMs));
  }

  status(): SubscriptionStatus {
    const { stream, group, consumer, handlerName, concurrency, leaseMs } = this.options;
    const { state, deliveries, leases, settlement, marks, pause, presence } = this.parts;
    const { phase, reason, sinceMs, readDueAt } = state;
    const now = performance.now();
    return {
      ...{ stream, group, consumer, handlerName, concurrency, leaseMs },
      running: deliveries.running,
      begun: deliveries.begun,
      stuck: [...deliveries.stuck].map(({ entryId, startedAt, toldToEndAt }) => ({
        entryId,
        runningMs: now - startedAt,
        overdueMs: toldToEndAt === undefined ? undefined : now - toldToEndAt,
      })),
      failures: { read: state.failures, lease: leases.failures, settle: settlement.failures },
      ...{ phase, reason },
      phaseSinceMs: sinceMs,
      readOverdueMs: readDueAt === undefined ? undefined : now - readDueAt,
      sinceRenewalMs: leases.sinceRenewalMs,
      renewalFailure: leases.failure,
      settling: settlement.status(),
      sinceAnswerMs: presence.sinceAnswerMs,
      answeredForMs: presence.answeredForMs,
      controlTrouble: this.context.broker.trouble?.message,
      marksFailure: marks.reason,
      pause: pause.current,
    };
  }

  private async stopOnce(budgetMs: number): Promise<void> {
    const { broker } = this.context;
    await stopInPhases({ ...this.parts, broker }, budgetMs);
    this.ignoreReconnects();
  }
}

/** From what knows nobody to what drives them all: nothing is given anything that is made after it. */
function makeParts(
  options: SubscriptionOptions,
  handler: Handler,
  { broker, observers, suspects, promotion, isDeaf, forwardEncoder }: SubscriptionContext,
) {
  const group = broker.group(options);
  const events = new EngineEvents(options, observers);
  const turn = new Turn();

  const progress = new Progress();
  const slots = new Slots(options.concurrency);
  slots.whenFreed(() => turn.request());
  const output = new Output(options.output, group, events);
  const deliveries = new Deliveries({ options, output, forwardEncoder, once: new Once(group) }, slots, progress, turn);
  const stability = new LinkStability();
  const aborts = new Aborts(options.timeoutMs, options.abortGraceMs);
  const state = new LoopState(events);
  const dueClock = new DueClock();
  const retries = new RetrySchedule(dueClock);

  const life = new KnownLife();
  const recentlyAcked = new RecentlyAcked();
  const marks = new MarksProblem(group.marksKey, events);
  const pause = new Pause(events);
  const groupSetup = new GroupSetup(options.startAfter, { group, life, marks, pause, events });
  const doneBefore = new DoneBefore(group, life, recentlyAcked);

  const conclusion = new Conclusion({ deliveries, retries, life, recentlyAcked, progress, events });
  const successors = new Successors(group, events);
  const settlement = new Settlement(options, { group, groupSetup, conclusion, successors, events, turn });
  const runner = new Runner(options, {
    ...{ handler, deliveries, settlement, suspects, retries, events },
    ...{ aborts, stability },
  });

  const presence = new Presence(options, { group, deliveries, pause });
  const claims = new Claims(options, {
    ...{ group, dueClock, retries, deliveries, stability, suspects, pause, presence, events },
    ...{ isDeaf, promotion },
  });
  const leases = new LeaseKeeper({ group, groupSetup, life, deliveries, aborts, stability, claims, pause, events });
  const history = new HistoryTrimmer(options, { group, life, stability, marks, progress, turn });
  const pruner = new ConsumerPruner(options, group, events);

  const reader = broker.reader(options);
  const intake = new Intake(options, { group, claims, leases, doneBefore, pause, runner });
  const loop = new ReadLoop(options, {
    ...{ reader, groupSetup, claims, intake, deliveries },
    ...{ dueClock, stability, state, suspects, pause, turn },
  });
  const stoppable: Stoppable = {
    group,
    loop,
    deliveries,
    runner,
    settlement,
    output,
    leases,
    history,
    pruner,
    presence,
    reader,
    events,
    turn,
  };
  return { ...stoppable, state, groupSetup, marks, retries, pause };
}
