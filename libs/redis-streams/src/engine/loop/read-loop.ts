import type { RawEntry } from '../../model/entry.js';
import type { Reader } from '../../model/ports/reader.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { DueClock } from '../../timing/due-clock.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { Turn } from '../../timing/turn.js';
import { LONGEST_SWEEP_INTERVAL_MS } from '../../model/policy/lease-rule.js';
import type { GroupSetup } from '../group/group-setup.js';
import type { Pause } from '../group/pause.js';
import type { Intake } from './intake.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import type { LinkStability } from '../state/link-stability.js';
import type { LoopState } from './loop-state.js';
import type { SuspectPlace } from '../state/suspect-place.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { Claims } from '../upkeep/claims.js';

/** How long a stopping loop waits for its blocked read to end by itself once it was woken, before it breaks the connection off. */
const WAKE_WITHIN_MS = 1_000;

/** A connection that has lasted so long is no longer one that breaks at once. */
const STEADY_AFTER_MS = 5_000;

/**
 * A read takes half of the slots where that is so many or more: while a backlog lasts, the next half is on its way when
 * the first is started, and nobody waits for Redis. Smaller reads would cost more than they hide.
 */
const SMALLEST_HALF = 40;

/** A read that was sent. */
interface Reading {
  readonly count: number;
  readonly blockMs: number;
  readonly sentAt: number;
  readonly entries: Promise<readonly RawEntry[]>;
}

export interface ReadLoopParts {
  readonly reader: Reader;
  readonly groupSetup: GroupSetup;
  readonly claims: Claims;
  readonly intake: Intake;
  readonly deliveries: Deliveries;
  readonly dueClock: DueClock;
  readonly stability: LinkStability;
  readonly state: LoopState;
  readonly suspects: SuspectPlace;
  readonly pause: Pause;
  readonly turn: Turn;
}

/**
 * The loop of one subscription: due retries and take-overs, then a blocking read for the slots that are left, no longer
 * than until the next of them may be due. While the group is paused it only asks, now and then, whether that is over. It ends on `stop` and
 * on nothing else: whatever fails, it reports, backs off and goes on.
 */
export class ReadLoop {
  private readonly stopping = new AbortController();
  private readonly retryDelay = new RetryDelay();
  private ended: Promise<void> | undefined;
  /** Whose turn it is to have a single free slot: old entries' or new ones'. */
  private oldOnesHadLast = false;
  /** Whether the group was seen to since the reader connected. */
  private isSetUp = false;
  private connectedAt = 0;
  /** When the read under way ends by itself, on performance.now's clock. */
  private blockedUntil = 0;
  private wakeTimer: NodeJS.Timeout | undefined;
  /** A read that was sent before the entries of the last one were started, for slots that they leave free. */
  private ahead: Reading | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: ReadLoopParts,
  ) {
    parts.dueClock.whenEarlier(() => this.wakeInTime());
    parts.pause.whenUnsure(() => {
      this.wakeInTime(0);
      // A full worker waits for a free slot.
      parts.turn.request();
    });
  }

  start(): void {
    this.ended ??= this.run().finally(() => this.parts.state.stopped());
  }

  /** Stops reading; entries that arrive with the last read are not started. Resolves when the loop has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.wakeTimer);
    const { reader, turn, intake, pause } = this.parts;
    intake.close();
    pause.close();
    turn.request();
    reader.wake();
    const breakOff = setTimeout(() => reader.disconnect(), WAKE_WITHIN_MS);
    await this.ended;
    clearTimeout(breakOff);
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.step();
      } catch (error) {
        await this.heal(error);
      }
    }
    // What it brings is handed back with the rest.
    await this.ahead?.entries.catch(() => undefined);
  }

  private async step(): Promise<void> {
    const { reader, deliveries, dueClock, state, turn, pause, claims } = this.parts;
    if (this.ahead) {
      const { ahead } = this;
      this.ahead = undefined;
      return this.receive(ahead);
    }
    if (!reader.isConnected || !this.isSetUp) {
      await this.connect();
      if (this.isStopping) return;
    }
    if (deliveries.room === 0) {
      // A full worker says that it has heard, as any other: whoever drains the group waits for that. Where that had failed, it goes on to ask,
      // though it has learned meanwhile what there is to hear: it reads nothing that could tell that the interruption is over.
      if (pause.isUnsure || state.phase === 'healing') {
        await claims.look();
        return state.read();
      }
      await turn.ended();
      if (deliveries.room > 0) state.canReadAgain();
      return;
    }
    if (pause.isPaused) await this.waitForResume();
    if (this.isStopping) return;
    if (dueClock.inMs <= 0 || !pause.isOpen) {
      const moreToClaim = await this.claim();
      if (!pause.isOpen) return state.read();
      if (deliveries.room === 0 || this.isStopping) return;
      if (moreToClaim) {
        // New entries get the other half of the slots, without waiting for them.
        await this.read(0);
        return;
      }
    }
    // The first read after an interruption does not block: that it is over should be known before the next entry comes.
    const isProof = state.phase === 'healing';
    await this.read(isProof ? 0 : Math.max(1, Math.min(this.options.blockMs, dueClock.inMs)));
  }

  private async connect(): Promise<void> {
    const { reader, groupSetup, claims, state } = this.parts;
    this.isSetUp = false;
    if (!reader.isConnected) await reader.connect();
    this.connectedAt = performance.now();
    await groupSetup.ensure();
    this.isSetUp = true;
    claims.reconnected();
    state.connected();
  }

  private async waitForResume(): Promise<void> {
    const { pause, state } = this.parts;
    const lookMs = Math.min(this.options.blockMs, LONGEST_SWEEP_INTERVAL_MS);
    this.oldOnesHadLast = false;
    state.reading(lookMs);
    await pause.mayBeOver(lookMs);
  }

  /** @returns whether there may be more than it took */
  private async claim(): Promise<boolean> {
    const { intake, claims, deliveries, suspects, pause } = this.parts;
    const { room } = deliveries;
    // Half of the slots, so that neither old entries nor new ones starve; a single slot goes to each in turn.
    const share = room === 1 ? (this.oldOnesHadLast && pause.isOpen ? 0 : 1) : Math.ceil(room / 2);
    if (share === 0) return true;
    const count = await intake.claimAndStart(share);
    if (claims.hasSuspectsWaiting) suspects.whenFree(this.claimSuspect);
    this.oldOnesHadLast = room === 1 && count === 1;
    return count === share && !this.isStopping;
  }

  /** The place for a suspect is free, and there was one. */
  private readonly claimSuspect = (): boolean => {
    this.parts.claims.sweepSoon();
    return this.parts.deliveries.room > 0 && !this.isStopping;
  };

  private read(blockMs: number): Promise<void> {
    this.oldOnesHadLast = false;
    return this.receive(this.ask(this.parts.deliveries.room, blockMs));
  }

  private ask(slots: number, blockMs: number): Reading {
    const sentAt = performance.now();
    this.blockedUntil = sentAt + blockMs;
    this.parts.state.reading(blockMs);
    const half = Math.ceil(this.options.concurrency / 2);
    const count = half < SMALLEST_HALF ? slots : Math.min(half, slots);
    return { count, blockMs, sentAt, entries: this.parts.reader.read(count, blockMs) };
  }

  private async receive({ count, blockMs, sentAt, entries: reply }: Reading): Promise<void> {
    const { intake, stability, state, turn } = this.parts;
    const entries = await reply;
    this.blockedUntil = 0;
    stability.answered(sentAt, blockMs);
    const lateMs = performance.now() - sentAt - blockMs;
    const mine = intake.mayBeLost(entries, lateMs) ? await intake.stillHeld(entries) : entries;
    if (mine.length > 0 && !this.isStopping) {
      if (mine.length === count && intake.areNew(mine)) this.askAhead(mine.length);
      await intake.startRead(mine);
    }
    state.read();
    // A link that breaks after each read must not be opened anew without a pause.
    if (performance.now() - this.connectedAt > STEADY_AFTER_MS) this.retryDelay.reset();
    if (this.ahead || mine.length === 0) return;
    // Nest takes a few microtasks until a handler begins; sending a read first would hold it up by a system call.
    turn.request();
    await turn.ended();
  }

  /** There may be more than what is about to be started. */
  private askAhead(starting: number): void {
    const { deliveries, dueClock, pause } = this.parts;
    const left = deliveries.room - starting;
    if (left >= SMALLEST_HALF && dueClock.inMs > 0 && pause.isOpen) this.ahead = this.ask(left, 0);
  }

  /** Something is due earlier than it was: a read that blocks for longer must end for it. */
  private wakeInTime(inMs = this.parts.dueClock.inMs): void {
    const { reader } = this.parts;
    if (performance.now() + inMs >= this.blockedUntil) return;
    clearTimeout(this.wakeTimer);
    this.wakeTimer = setTimeout(() => reader.wake(), Math.max(0, inMs)).unref();
  }

  private async heal(error: unknown): Promise<void> {
    this.blockedUntil = 0;
    if (this.isStopping) return;
    const { state, reader, stability, groupSetup } = this.parts;
    stability.disturbed();
    state.failed(failureText(error));
    const failure = failureKindOf(error);
    if (failure === 'disconnected') reader.disconnect();
    if (failure === 'read-only' || failure === 'elsewhere') reader.leave(failure);
    if (failure === 'group-missing')
      await groupSetup.ensure().catch((again: unknown) => state.failed(failureText(again)));
    await this.retryDelay.wait(this.stopping.signal);
  }
}
