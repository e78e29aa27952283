import type { RawEntry } from '../model/entry.js';
import { compareEntryIds } from '../wire/entry-id.js';
import type { Reader } from '../model/ports/reader.js';
import { failureKindOf, failureText } from '../model/ports/redis-failure.js';
import type { DoneBefore } from './upkeep/done-before.js';
import type { GroupSetup } from './upkeep/group-setup.js';
import type { InFlight } from './state/in-flight.js';
import type { LeaseKeeper } from './upkeep/lease-keeper.js';
import type { LinkStability } from './state/link-stability.js';
import type { LoopState } from './state/loop-state.js';
import { isSuspect, type Recovery } from './upkeep/recovery.js';
import { RetryDelay } from '../timing/retry-delay.js';
import type { Runner } from './runs/runner.js';
import type { SuspectPlace } from './runs/suspect-place.js';
import type { SubscriptionOptions } from './subscription-options.js';
import type { Turn } from '../timing/turn.js';

/** How long a stopping loop waits for its blocked read to end by CLIENT UNBLOCK before it breaks the connection off. */
const UNBLOCK_WITHIN_MS = 1_000;

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
  readonly recovery: Recovery;
  readonly leases: LeaseKeeper;
  readonly doneBefore: DoneBefore;
  readonly runner: Runner;
  readonly inFlight: InFlight;
  readonly stability: LinkStability;
  readonly state: LoopState;
  readonly suspects: SuspectPlace;
  readonly turn: Turn;
}

/**
 * The loop of one subscription: due retries and take-overs, then a blocking read for the slots that are left, no longer
 * than until the next of them may be due. It ends on `stop` and on nothing else: whatever fails, it reports, backs off
 * and goes on.
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
  /** The greatest id that was read or claimed: a greater one is new to this process. */
  private lastId = '0-0';
  /** When the read under way ends by itself, on performance.now's clock. */
  private blockedUntil = 0;
  private wakeTimer: NodeJS.Timeout | undefined;
  /** A read that was sent before the entries of the last one were started, for slots that they leave free. */
  private ahead: Reading | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: ReadLoopParts,
  ) {}

  start(): void {
    this.ended ??= this.run();
  }

  /** A retry was scheduled here. */
  expectRetry(entryId: string, inMs: number): void {
    this.parts.recovery.noteRetry(entryId, inMs);
    this.expectDue(inMs);
  }

  /** An entry may be due then: a read that blocks past that must end for it. */
  expectDue(inMs: number): void {
    this.parts.recovery.expectDue(inMs);
    this.wakeIn(inMs);
  }

  /** A read that blocks for longer must end then. */
  private wakeIn(inMs: number): void {
    const { recovery, reader } = this.parts;
    if (performance.now() + inMs >= this.blockedUntil) return;
    clearTimeout(this.wakeTimer);
    this.wakeTimer = setTimeout(() => reader.wake(), Math.max(0, recovery.dueInMs)).unref();
  }

  /** Stops reading; entries that arrive with the last read are not started. Resolves when the loop has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.wakeTimer);
    const { reader, turn } = this.parts;
    turn.request();
    reader.wake();
    const breakOff = setTimeout(() => reader.disconnect(), UNBLOCK_WITHIN_MS);
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
    this.parts.state.stopped();
  }

  private async step(): Promise<void> {
    const { reader, inFlight, recovery, state, turn } = this.parts;
    if (this.ahead) {
      const { ahead } = this;
      this.ahead = undefined;
      return this.receive(ahead);
    }
    if (!reader.isConnected || !this.isSetUp) {
      await this.connect();
      if (this.isStopping) return;
    }
    if (inFlight.free === 0) {
      await turn.ended();
      if (inFlight.free > 0) state.canReadAgain();
      return;
    }
    if (recovery.dueInMs <= 0) {
      const moreToClaim = await this.claim();
      if (inFlight.free === 0 || this.isStopping) return;
      if (moreToClaim) {
        // New entries get the other half of the slots, without waiting for them.
        await this.read(0);
        return;
      }
    }
    // The first read after an interruption does not block: that it is over should be known before the next entry comes.
    const isProof = this.parts.state.phase === 'healing';
    await this.read(isProof ? 0 : Math.max(1, Math.min(this.options.blockMs, recovery.dueInMs)));
  }

  private async connect(): Promise<void> {
    const { reader, groupSetup, recovery, state } = this.parts;
    this.isSetUp = false;
    if (!reader.isConnected) await reader.connect();
    this.connectedAt = performance.now();
    await groupSetup.ensure();
    this.isSetUp = true;
    recovery.reconnected();
    state.connected();
  }

  /** @returns whether there may be more than it took */
  private async claim(): Promise<boolean> {
    const { recovery, inFlight, runner, suspects } = this.parts;
    const { free } = inFlight;
    // Half of the slots, so that neither old entries nor new ones starve; a single slot goes to each in turn.
    const share = free === 1 ? (this.oldOnesHadLast ? 0 : 1) : Math.ceil(free / 2);
    this.oldOnesHadLast = false;
    if (share === 0) return true;
    const claimed = await recovery.claim(share);
    if (recovery.hasSuspectsWaiting) suspects.whenFree(this.claimSuspect);
    this.oldOnesHadLast = free === 1 && claimed.length === 1;
    if (this.isStopping) return false;
    for (const { id } of claimed) this.note(id);
    const { consumer } = this.options;
    const mine = claimed.filter(({ from }) => from === consumer);
    const done = await this.parts.doneBefore.amongPending(mine.map(({ id }) => id));
    if (this.isStopping) return false;
    runner.startUnlessDone(mine, done);
    runner.startAgain(claimed.filter(({ from }) => from === undefined));
    for (const entry of claimed) if (isSuspect(entry, consumer)) runner.startSuspect(entry);
    return claimed.length === share;
  }

  /** The place for a suspect is free, and there was one. */
  private readonly claimSuspect = (): boolean => {
    const { recovery, inFlight } = this.parts;
    recovery.sweepSoon();
    this.wakeIn(0);
    return inFlight.free > 0 && !this.isStopping;
  };

  private read(blockMs: number): Promise<void> {
    return this.receive(this.ask(this.parts.inFlight.free, blockMs));
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
    const { stability, state, turn } = this.parts;
    const entries = await reply;
    this.blockedUntil = 0;
    stability.answered(sentAt, blockMs);
    const isLate = performance.now() - sentAt - blockMs > this.options.leaseMs / 3;
    const mine = isLate && entries.length > 0 ? await this.stillOwned(entries) : entries;
    if (mine.length > 0 && !this.isStopping) await this.startAll(mine, mine.length === count);
    state.read();
    // A link that breaks after each read must not be opened anew without a pause.
    if (performance.now() - this.connectedAt > STEADY_AFTER_MS) this.retryDelay.reset();
    if (this.ahead || mine.length === 0) return;
    // Nest takes a few microtasks until a handler begins; sending a read first would hold it up by a system call.
    turn.request();
    await turn.ended();
  }

  private async startAll(entries: readonly RawEntry[], mayBeMore: boolean): Promise<void> {
    const { inFlight, runner, recovery } = this.parts;
    const left = inFlight.free - entries.length;
    // A group delivers ids in order, and only once, unless it was created again.
    const isAgain = compareEntryIds(entries[0]!.id, this.lastId) <= 0;
    if (!isAgain && mayBeMore && left >= SMALLEST_HALF && recovery.dueInMs > 0) this.ahead = this.ask(left, 0);
    if (isAgain) {
      const done = await this.parts.doneBefore.amongRead(entries.map(({ id }) => id));
      if (this.isStopping) return;
      runner.startUnlessDone(
        entries.map(({ id, fields }) => ({ id, fields, deliveryCount: 1 })),
        done,
      );
    } else {
      runner.startNew(entries);
    }
    this.note(entries.at(-1)!.id);
  }

  private note(id: string): void {
    if (compareEntryIds(id, this.lastId) > 0) this.lastId = id;
  }

  /** A process or a link that was frozen meanwhile may have lost what it read to others. */
  private async stillOwned(entries: readonly RawEntry[]): Promise<readonly RawEntry[]> {
    const lost = await this.parts.leases.renewUnstarted(entries.map(({ id }) => id));
    return entries.filter(({ id }) => !lost.has(id));
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
