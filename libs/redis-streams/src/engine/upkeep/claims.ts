import type { Group } from '../../model/ports/group.js';
import type { ClaimedEntry, ClaimReply, SweepCommand, SweepPosition, SweepReply } from '../../model/ports/claims.js';
import type { Promotion } from '../../model/ports/tasks/delayed.js';
import { LONGEST_SWEEP_INTERVAL_MS, SWEEP_EVERY } from '../../model/policy/lease-rule.js';
import type { DueClock, DueTime } from '../../timing/due-clock.js';
import type { EngineEvents } from '../events.js';
import type { Pause } from '../group/pause.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import type { LinkStability } from '../state/link-stability.js';
import type { RetrySchedule } from '../state/retry-schedule.js';
import type { SuspectPlace } from '../state/suspect-place.js';
import type { Presence } from './presence.js';
import type { SubscriptionOptions } from '../subscription-options.js';

export interface ClaimsParts {
  readonly group: Group;
  readonly dueClock: DueClock;
  readonly retries: RetrySchedule;
  readonly deliveries: Deliveries;
  readonly stability: LinkStability;
  readonly suspects: SuspectPlace;
  readonly pause: Pause;
  /** A sweep says that this worker is there. */
  readonly presence: Pick<Presence, 'wasSaid'>;
  /** Whether nobody can tell this process what happens elsewhere: it looks for itself, as often as it reads. */
  readonly isDeaf?: (() => boolean) | undefined;
  readonly events: EngineEvents;
  readonly promotion?: Pick<Promotion, 'expect'> | undefined;
}

/** Between the parts of a sweep that has more to do than one script should. */
const PAGE_INTERVAL_MS = 50;
/** A read that the server still holds for a dead connection ends with its BLOCK, and a little later all of it has arrived. */
const AFTER_BLOCK_MS = 500;
/** In a group of more consumers not every sweep looks at all of them, so that all sweeps together stay cheap. */
const FEW_CONSUMERS = 20;
const FROM_THE_START: SweepPosition = { consumer: '', id: '' };

/**
 * Brings back entries that were delivered before: retries that are due, what dead workers left, and what a broken
 * connection swallowed on its way here. Works between reads, and only when something may be due.
 */
export class Claims {
  private readonly sweepDue: DueTime;
  /** One more sweep than usual: when a read has ended that the server may still hold for a dead connection. */
  private readonly secondLookDue: DueTime;
  /** While nobody can tell that the group was paused. */
  private readonly pauseLookDue: DueTime;
  private position = FROM_THE_START;
  private shortestLease: number;
  private leftSuspects = false;
  private sweepsUntilLookAround = 0;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: ClaimsParts,
  ) {
    this.shortestLease = options.leaseMs;
    this.sweepDue = parts.dueClock.register();
    this.secondLookDue = parts.dueClock.register();
    this.secondLookDue.set(Infinity);
    this.pauseLookDue = parts.dueClock.register();
  }

  /** The shortest lease in the group, as far as seen, in milliseconds: renewing that often, a full worker also notices what disturbs the others. */
  get shortestLeaseMs(): number {
    return this.shortestLease;
  }

  /** Whether the last look left entries of dead workers behind, because the place for one is taken. */
  get hasSuspectsWaiting(): boolean {
    return this.leftSuspects;
  }

  /** Look for entries of dead workers, and for lost replies, as soon as possible. */
  sweepSoon(): void {
    this.sweepDue.noLaterThan(0);
  }

  /** There is a new connection: replies may have been lost with the old one. */
  reconnected(): void {
    this.parts.stability.disturbed();
    this.sweepDue.set(0);
    this.parts.retries.nextIn(0);
    this.secondLookDue.set(this.options.blockMs + AFTER_BLOCK_MS);
  }

  /**
   * Claims up to `limit` entries, at most one of them a dead worker's: then the place for it is taken. Fewer than
   * `limit` means that there are no more for now.
   */
  async claim(limit: number): Promise<readonly ClaimedEntry[]> {
    const { retries, stability, pause } = this.parts;
    const late = pause.isOpen ? retries.takeLate(stability.serverSetBackAt, limit) : [];
    const isRetryDue = retries.isDue || late.length > 0 || !pause.isOpen || this.pauseLookDue.isDue;
    // Neither may keep the other from its turn for ever.
    const isSweepDue = this.sweepDue.isDue || this.secondLookDue.isDue;
    const swept = isSweepDue ? await this.sweep(isRetryDue ? Math.ceil(limit / 2) : limit) : [];
    const left = limit - swept.length;
    if (!isRetryDue || left === 0) return swept;
    try {
      return [...swept, ...(await this.claimDue(left, late))];
    } catch (error) {
      if (swept.length === 0) throw error;
      // What was swept is ours, and one of them may have the place for a suspect: they are started. The next read meets the trouble.
      retries.lookSoon();
      return swept;
    }
  }

  /** Claims nothing, but learns whether the group is paused: then Redis knows that this worker has heard. */
  async look(): Promise<void> {
    await this.claimDue(0, []);
  }

  private async claimDue(limit: number, late: readonly string[]): Promise<readonly ClaimedEntry[]> {
    const { group, deliveries, stability, retries, pause } = this.parts;
    const noteNext = retries.ask();
    const notePause = pause.ask();
    const sentAt = performance.now();
    // A stuck run's entry may be due while it still runs here: it is left to others.
    const notThese = [...deliveries.stuck].map(({ entryId }) => entryId);
    const reply = await group.claimDue({ limit, notThese, late });
    stability.answered(sentAt, 0, reply.serverNow);
    notePause(reply);
    this.note(reply, noteNext);
    return withMarks(reply);
  }

  private async sweep(limit: number): Promise<readonly ClaimedEntry[]> {
    const { stability, deliveries, retries, pause, presence, events } = this.parts;
    const noteNext = retries.ask();
    const notePause = pause.ask();
    const sentAt = performance.now();
    const { leaseMs, claimForeignAfterMs } = this.options;
    const looksAround = this.sweepsUntilLookAround <= 0;
    const stuck = deliveries.stuck.size;
    const reply = await this.sweepWithPlace({
      limit,
      expectedServerNow: stability.expectedServerNow,
      unstable: stability.unstableLeases(),
      foreignAfterMs: claimForeignAfterMs,
      foreignLeaseMs: Math.min(leaseMs, claimForeignAfterMs),
      from: this.position,
      looksAround,
      slots: this.options.concurrency,
      stuck,
      running: [...deliveries.byId().keys()],
    });
    stability.answered(sentAt, 0, reply.serverNow);
    presence.wasSaid(stuck);
    notePause(reply);
    this.note(reply, noteNext);
    this.position = reply.next;
    this.sweepsUntilLookAround = looksAround
      ? Math.floor(reply.consumers / FEW_CONSUMERS)
      : this.sweepsUntilLookAround - 1;
    this.shortestLease = Math.min(looksAround ? leaseMs : this.shortestLease, reply.shortestLeaseMs ?? leaseMs);
    for (const { id, deliveryCount, from } of reply.claimed.filter((entry) => this.isSuspect(entry))) {
      events.emit({ type: 'takenOver', entryId: id, deliveryCount, from: from! });
    }
    this.leftSuspects = reply.isMoreToTakeOver;
    const isCutShort = reply.next.consumer !== '' && !reply.isMoreToTakeOver;
    const unfinished = reply.claimed.length === limit || isCutShort;
    this.sweepDue.set(unfinished ? PAGE_INTERVAL_MS : this.sweepIntervalMs);
    if (this.secondLookDue.isDue) this.secondLookDue.set(Infinity);
    return withMarks(reply);
  }

  private async sweepWithPlace(command: Omit<SweepCommand, 'takeOver'>): Promise<SweepReply> {
    const { suspects, group } = this.parts;
    const hasPlace = suspects.take();
    let isSuspectFound = false;
    try {
      const reply = await group.sweep({ ...command, takeOver: hasPlace ? 1 : 0 });
      isSuspectFound = reply.claimed.some((entry) => this.isSuspect(entry));
      return reply;
    } finally {
      if (hasPlace && !isSuspectFound) suspects.free();
    }
  }

  /** Whether an entry was left behind by another worker that died with it, and maybe of it. */
  isSuspect({ from }: ClaimedEntry): boolean {
    return from !== undefined && from !== this.options.consumer;
  }

  /** The place that was taken for an entry of a dead worker is not needed: it is not run. */
  freeSuspectPlace(): void {
    this.parts.suspects.free();
  }

  private get sweepIntervalMs(): number {
    const intervalMs = Math.min(LONGEST_SWEEP_INTERVAL_MS, this.shortestLease * SWEEP_EVERY);
    // Some jitter, as all workers of a group sweep.
    return intervalMs * (0.9 + Math.random() * 0.1);
  }

  private note({ nextDueAt, nextDelayedAt, serverNow, deleted }: ClaimReply, noteNext: (inMs: number) => void): void {
    const { events, promotion, isDeaf } = this.parts;
    this.pauseLookDue.set(isDeaf?.() ? this.options.blockMs : Infinity);
    noteNext(nextDueAt === undefined ? Infinity : nextDueAt - serverNow);
    if (nextDelayedAt !== undefined) promotion?.expect(this.options.stream, nextDelayedAt - serverNow);
    for (const entryId of deleted) events.emit({ type: 'entryDeleted', entryId });
  }
}

/** What was claimed, with the wish to cancel it, what it owes, and what is known of its life. */
function withMarks({ claimed, cancels, owed, lives }: ClaimReply): readonly ClaimedEntry[] {
  if (cancels.size === 0 && !owed && !lives) return claimed;
  return claimed.map((entry) => ({
    ...entry,
    cancelReason: cancels.get(entry.id),
    owed: owed?.get(entry.id),
    life: lives?.get(entry.id),
  }));
}
