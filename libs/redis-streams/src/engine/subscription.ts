import type { Handler } from '../model/handler.js';
import type { Log } from '../model/log.js';
import { ShutdownError } from '../model/errors/errors.js';
import type { Broker } from '../model/ports/broker.js';
import type { Group } from '../model/ports/group.js';
import type { Reader } from '../model/ports/reader.js';
import { DoneBefore } from './upkeep/done-before.js';
import type { EventListeners } from './observers/event-listeners.js';
import { GroupSetup } from './upkeep/group-setup.js';
import { Housekeeper } from './upkeep/housekeeper.js';
import { InFlight } from './state/in-flight.js';
import { KnownLife } from './state/known-life.js';
import { LeaseKeeper } from './upkeep/lease-keeper.js';
import { LinkStability } from './state/link-stability.js';
import { LoopState } from './state/loop-state.js';
import { MarksProblem } from './upkeep/marks-problem.js';
import { OutcomeReport } from './observers/outcome-report.js';
import { ReadLoop } from './read-loop.js';
import { RecentIds } from './state/recent-ids.js';
import { Recovery } from './upkeep/recovery.js';
import { Runner } from './runs/runner.js';
import { Settlement } from './runs/settlement.js';
import type { SubscriptionOptions } from './subscription-options.js';
import type { SubscriptionStatus } from './subscription-status.js';
import type { SuspectPlace } from './runs/suspect-place.js';
import { Turn } from '../timing/turn.js';
import { within } from '../timing/within.js';

export interface SubscriptionContext {
  readonly broker: Broker;
  readonly listeners: EventListeners;
  readonly log: Log;
  /** Shared by all subscriptions of a process. */
  readonly suspects: SuspectPlace;
}

/** How long aborted handlers may take to notice, at the end of the drain time, before their entries are handed back. */
const ABORT_NOTICE_MS = 500;
const STOP_READING_WITHIN_MS = 2_500;
/** The same while there is no Redis to answer. */
const AWAY_MS = 100;
/** What each step of a stop gets at least, even when the budget is used up. */
const LEAST_STEP_MS = 1_000;

/** One stream and group that this process consumes: builds the parts, starts them and stops them in order. */
export class Subscription {
  private readonly commands: Group;
  private readonly turn = new Turn();
  private readonly inFlight: InFlight;
  private readonly stability: LinkStability;
  private readonly report: OutcomeReport;
  private readonly settlement: Settlement;
  private readonly runner: Runner;
  private readonly leases: LeaseKeeper;
  private readonly housekeeper: Housekeeper;
  private readonly state: LoopState;
  private readonly reader: Reader;
  private readonly groupSetup: GroupSetup;
  private readonly marks: MarksProblem;
  private readonly loop: ReadLoop;
  private ignoreReconnects = () => {};

  constructor(
    readonly options: SubscriptionOptions,
    handler: Handler,
    private readonly context: SubscriptionContext,
  ) {
    const { stream, group, concurrency } = options;
    const { broker, listeners, log, suspects } = context;
    this.commands = broker.group(options);
    this.inFlight = new InFlight(concurrency, this.turn, () => this.loop.expectDue(0));
    this.stability = new LinkStability();
    this.report = new OutcomeReport(options, log, listeners);
    this.state = new LoopState(`${stream} (${group})`, log);
    const life = new KnownLife();
    this.marks = new MarksProblem(`${stream} (${group})`, this.commands.marksKey, log);
    this.groupSetup = new GroupSetup(options, this.commands, life, this.marks, log);
    const events = {
      parked: (entryId: string, delayMs: number) => this.loop.expectRetry(entryId, delayMs),
      groupMissing: () => this.groupSetup.ensure(),
    };
    const recentlyAcked = new RecentIds();
    this.settlement = new Settlement(
      options,
      this.commands,
      this.inFlight,
      this.report,
      log,
      events,
      this.turn,
      recentlyAcked,
      life,
    );
    this.runner = new Runner(options, handler, this.inFlight, this.settlement, suspects);
    const recovery = new Recovery(options, this.commands, this.inFlight, this.stability, this.report, suspects);
    const { commands, groupSetup, inFlight, stability, report } = this;
    this.leases = new LeaseKeeper(() => recovery.shortestLeaseMs, {
      ...{ commands, groupSetup, life },
      ...{ inFlight, stability, report },
    });
    this.housekeeper = new Housekeeper(options, {
      ...{ commands, life, stability, log },
      marks: this.marks,
      finished: () => this.report.counts.acked + this.report.counts.deadLettered,
      changes: () => this.inFlight.changes,
      turn: this.turn,
    });
    this.reader = broker.reader(options);
    this.loop = new ReadLoop(options, {
      reader: this.reader,
      groupSetup: this.groupSetup,
      recovery,
      leases: this.leases,
      doneBefore: new DoneBefore(this.commands, life, recentlyAcked),
      runner: this.runner,
      inFlight: this.inFlight,
      stability: this.stability,
      state: this.state,
      suspects,
      turn: this.turn,
    });
  }

  /** Which of several ways the server allows. */
  describePaths(): Promise<string> {
    return this.context.broker.describePaths(this.options.stream);
  }

  /** Creates the group and starts the loop; from then on it heals by itself. */
  async start(): Promise<void> {
    await this.groupSetup.ensure();
    this.ignoreReconnects = this.context.broker.onReady(() => void this.leases.renew());
    this.leases.start();
    this.housekeeper.start();
    this.loop.start();
  }

  /**
   * In phases, with one budget: stop reading → let handlers end → abort the rest → settle → hand back what is left,
   * uncounted, for others to run at once. Never rejects; what cannot be handed back is taken over when its lease ends.
   */
  async stop(budgetMs: number): Promise<void> {
    const deadline = performance.now() + budgetMs;
    const leftMs = () => Math.max(LEAST_STEP_MS, deadline - performance.now());
    // A loop that waits for an answer from Redis may not end; what arrives late starts nothing any more.
    await within(this.isRedisAway ? AWAY_MS : STOP_READING_WITHIN_MS, this.loop.stop());
    await this.handlersEnded(deadline - performance.now());
    if (!this.inFlight.isIdle) {
      this.runner.abortAll(new ShutdownError('The application stops and its drain time is over.'));
      await this.handlersEnded(ABORT_NOTICE_MS);
    }
    await within(leftMs(), this.settlement.drained());
    this.settlement.close();
    this.leases.stop();
    this.housekeeper.stop();
    // What is owned is worth waiting for Redis; for a leave-taking alone it only need be there.
    if (this.inFlight.owned.size > 0) await within(leftMs(), this.leave());
    else if (!this.isRedisAway) await within(Math.min(leftMs(), STOP_READING_WITHIN_MS), this.leave());
    this.runner.close();
    this.reader.close();
    this.ignoreReconnects();
  }

  status(): SubscriptionStatus {
    const { stream, group, consumer, concurrency } = this.options;
    const { phase, reason, sinceMs, readDueAt } = this.state;
    const now = performance.now();
    return {
      stream,
      group,
      consumer,
      concurrency,
      running: this.inFlight.running,
      forsaken: [...this.inFlight.forsaken].map(({ entryId, startedAt }) => ({
        entryId,
        runningMs: now - startedAt,
      })),
      phase,
      reason,
      phaseSinceMs: sinceMs,
      readOverdueMs: readDueAt === undefined ? undefined : now - readDueAt,
      sinceRenewalMs: this.leases.sinceRenewalMs,
      renewalFailure: this.leases.failure,
      leaseMs: this.options.leaseMs,
      settling: this.settlement.status(),
      controlTrouble: this.context.broker.trouble?.message,
      marksFailure: this.marks.reason,
      counts: { ...this.report.counts },
    };
  }

  private get isRedisAway(): boolean {
    return !this.context.broker.isReady;
  }

  private async handlersEnded(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.inFlight.isIdle) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await within(left, this.turn.ended());
    }
  }

  private async leave(): Promise<void> {
    try {
      const handedBack = await this.commands.leave();
      const cutOff = [...this.inFlight.owned].filter(({ state }) => state === 'running');
      for (const delivery of cutOff) this.report.handedBack(delivery);
      const { stream, group } = this.options;
      const others = handedBack - cutOff.length;
      if (others > 0)
        this.context.log.log(`${stream} (${group}): handed back ${others} entries that were not started.`);
      await this.housekeeper.close();
    } catch {
      // No group or no Redis: there is nothing to hand back, or others will find it.
    }
  }
}
