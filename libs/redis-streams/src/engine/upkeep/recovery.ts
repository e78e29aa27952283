import type { Group } from '../../model/ports/group.js';
import type { ClaimedEntry, ClaimReply } from '../../model/ports/claims.js';
import type { SweepCommand, SweepPosition, SweepReply } from '../../model/ports/claims.js';
import type { InFlight } from '../state/in-flight.js';
import { LinkStability } from '../state/link-stability.js';
import { OwnRetries } from './own-retries.js';
import type { OutcomeReport } from '../observers/outcome-report.js';
import type { SuspectPlace } from '../runs/suspect-place.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** No sweep waits longer, whatever the leases: a worker with a shorter one may join any time. */
const LONGEST_SWEEP_INTERVAL_MS = 7_500;
/** Between the parts of a sweep that has more to do than one script should. */
const PAGE_INTERVAL_MS = 50;
/** In a group of more consumers not every sweep looks at all of them, so that all sweeps together stay cheap. */
const FEW_CONSUMERS = 20;
const FROM_THE_START: SweepPosition = { consumer: '', id: '' };

/**
 * Brings back entries that were delivered before: retries that are due, what dead workers left, and what a broken
 * connection swallowed on its way here. Works between reads, and only when something may be due.
 */
export class Recovery {
  private nextDueAt = 0;
  private nextSweepAt = 0;
  private position = FROM_THE_START;
  private shortestLease: number;
  private leftSuspects = false;
  private sweepsUntilLookAround = 0;
  private readonly ownRetries = new OwnRetries();

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: Group,
    private readonly inFlight: InFlight,
    private readonly stability: LinkStability,
    private readonly report: OutcomeReport,
    private readonly suspects: SuspectPlace,
  ) {
    this.shortestLease = options.leaseMs;
  }

  /** The shortest lease in the group, as far as seen, in milliseconds. */
  get shortestLeaseMs(): number {
    return this.shortestLease;
  }

  /** Milliseconds until there may be something to claim; 0 or less when there may be now. */
  get dueInMs(): number {
    return Math.min(this.nextDueAt, this.nextSweepAt) - performance.now();
  }

  /** Whether the last look left entries of dead workers behind, because the place for one is taken. */
  get hasSuspectsWaiting(): boolean {
    return this.leftSuspects;
  }

  /** Look for entries of dead workers, and for lost replies, as soon as possible. */
  sweepSoon(): void {
    this.nextSweepAt = 0;
  }

  /** This process has scheduled a retry, which is due in so many milliseconds whatever the server's clock does. */
  noteRetry(entryId: string, inMs: number): void {
    this.ownRetries.add(entryId, inMs);
  }

  /** An entry may be due in so many milliseconds. */
  expectDue(inMs: number): void {
    const at = performance.now() + inMs;
    if (at < this.nextDueAt) this.nextDueAt = at;
  }

  /**
   * There is a new connection: replies may have been lost with the old one. Look at once, and again when a read that the
   * server may still hold for the dead connection has ended.
   */
  reconnected(): void {
    this.stability.disturbed();
    this.nextSweepAt = 0;
    this.nextDueAt = 0;
    setTimeout(() => (this.nextSweepAt = 0), this.options.blockMs + 500).unref();
  }

  /**
   * Claims up to `limit` entries, at most one of them a dead worker's: then the place for it is taken. Fewer than
   * `limit` means that there are no more for now.
   */
  async claim(limit: number): Promise<readonly ClaimedEntry[]> {
    const now = performance.now();
    const late = this.ownRetries.takeLate(this.stability.serverSetBackAt, limit);
    const isDue = this.nextDueAt <= now || late.length > 0;
    // Neither may keep the other from its turn for ever.
    const swept = this.nextSweepAt <= now ? await this.sweep(isDue ? Math.ceil(limit / 2) : limit) : [];
    const left = limit - swept.length;
    const due = isDue && left > 0 ? await this.claimDue(left, late) : [];
    return [...swept, ...due];
  }

  private async claimDue(limit: number, late: readonly string[]): Promise<readonly ClaimedEntry[]> {
    const sentAt = performance.now();
    // A forsaken run's entry may be due while it still runs here: it is left to others.
    const notThese = [...this.inFlight.forsaken].map(({ entryId }) => entryId);
    const reply = await this.commands.claimDue({ limit, notThese, late });
    this.stability.answered(sentAt, 0, reply.serverNow);
    this.note(reply);
    return reply.claimed;
  }

  private async sweep(limit: number): Promise<readonly ClaimedEntry[]> {
    const sentAt = performance.now();
    const { leaseMs, claimForeignAfterMs } = this.options;
    const looksAround = this.sweepsUntilLookAround <= 0;
    const reply = await this.sweepWithPlace({
      limit,
      expectedServerNow: this.stability.expectedServerNow,
      unstable: this.stability.unstableLeases(),
      foreignAfterMs: claimForeignAfterMs,
      foreignLeaseMs: Math.min(leaseMs, claimForeignAfterMs),
      from: this.position,
      looksAround,
      running: [...this.inFlight.byId().keys()],
    });
    this.stability.answered(sentAt, 0, reply.serverNow);
    this.note(reply);
    this.position = reply.next;
    this.sweepsUntilLookAround = looksAround
      ? Math.floor(reply.consumers / FEW_CONSUMERS)
      : this.sweepsUntilLookAround - 1;
    this.shortestLease = Math.min(looksAround ? leaseMs : this.shortestLease, reply.shortestLeaseMs ?? leaseMs);
    for (const entry of reply.claimed) {
      if (isSuspect(entry, this.options.consumer)) this.report.takenOver(entry.id, entry.deliveryCount, entry.from!);
    }
    this.leftSuspects = reply.isMoreToTakeOver;
    const isCutShort = reply.next.consumer !== '' && !reply.isMoreToTakeOver;
    const unfinished = reply.claimed.length === limit || isCutShort;
    this.nextSweepAt = performance.now() + (unfinished ? PAGE_INTERVAL_MS : this.sweepIntervalMs);
    return reply.claimed;
  }

  private async sweepWithPlace(command: Omit<SweepCommand, 'takeOver'>): Promise<SweepReply> {
    const hasPlace = this.suspects.take();
    let isSuspectFound = false;
    try {
      const reply = await this.commands.sweep({ ...command, takeOver: hasPlace ? 1 : 0 });
      isSuspectFound = reply.claimed.some((entry) => isSuspect(entry, this.options.consumer));
      return reply;
    } finally {
      if (hasPlace && !isSuspectFound) this.suspects.free();
    }
  }

  /** A dead worker's entry expires at most a lease after its death; found within a quarter more, it is early enough. */
  private get sweepIntervalMs(): number {
    return Math.min(LONGEST_SWEEP_INTERVAL_MS, this.shortestLease / 4) * (0.8 + Math.random() * 0.2);
  }

  private note(reply: ClaimReply): void {
    const { nextDueAt, serverNow } = reply;
    this.nextDueAt = nextDueAt === undefined ? Infinity : performance.now() + Math.max(0, nextDueAt - serverNow);
    for (const id of reply.deleted) this.report.gone(id);
  }
}

/** Whether a claimed entry was left behind by another worker that died with it, and maybe of it. */
export function isSuspect({ from }: ClaimedEntry, consumer: string): boolean {
  return from !== undefined && from !== consumer;
}
