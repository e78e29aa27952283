import { randomBytes } from 'node:crypto';
import type { Log } from '../../model/log.js';
import type { Group } from '../../model/ports/group.js';
import { failureKindOf } from '../../model/ports/redis-failure.js';
import type { KnownLife } from '../state/known-life.js';
import type { LinkStability } from '../state/link-stability.js';
import type { MarksProblem } from './marks-problem.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { Turn } from '../../timing/turn.js';

/** The mark is this old at most when a group vanishes; with many pending entries it is more to write, and older. */
const SHORTEST_TEND_INTERVAL_MS = 50;
const LONGEST_TEND_INTERVAL_MS = 1_000;
/** How often history is looked at for its age alone, while nothing is settled. */
const IDLE_TEND_INTERVAL_MS = 30_000;
/** A server that refuses goes on to, most likely: its memory is full, or something else is in the place of the marks. */
const PAUSE_AFTER_REFUSAL_MS = 10_000;
const PRUNE_INTERVAL_MS = 60_000;

export interface HousekeeperParts {
  readonly commands: Group;
  readonly life: KnownLife;
  readonly stability: LinkStability;
  readonly marks: MarksProblem;
  readonly log: Log;
  /** Counts entries that this process has finished; a change means that the mark may have moved. */
  readonly finished: () => number;
  /** Counts what changes the pending entries: runs that begin, or end. */
  readonly changes: () => number;
  readonly turn: Turn;
}

/**
 * Keeps a group's traces in Redis in order: its mark and the stream's history, up to twenty times a second while entries are
 * being started and settled; and dead consumers, now and then. Nothing here is urgent, and all of it can be late.
 */
export class Housekeeper {
  /** Under which what this process has finished is counted. */
  private readonly reporter = randomBytes(6).toString('base64url');
  private tendTimer: NodeJS.Timeout | undefined;
  private lookTimer: NodeJS.Timeout | undefined;
  private pruneTimer: NodeJS.Timeout | undefined;
  private reported = 0;
  private seenChanges = 0;
  /** What was finished last may only be trimmed once it is finished everywhere: progress is followed by one more look. */
  private isOneMoreDue = false;
  /** Entries have grown old, maybe, or other groups' workers wait for a sign, though nothing was settled. */
  private isLookDue = false;
  private underWay: Promise<void> | undefined;
  private isStopped = false;
  /** Pending entries in the group, as last seen. */
  private pending = 0;
  private pausedUntil = 0;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: HousekeeperParts,
  ) {
    parts.turn.afterNext(() => this.tendSoon());
  }

  start(): void {
    const pruneIntervalMs = Math.min(PRUNE_INTERVAL_MS, 10 * this.options.leaseMs);
    this.pruneTimer = setInterval(() => void this.prune(), pruneIntervalMs).unref();
    const { retention, abandonGroupAfterMs } = this.options;
    if (retention?.maxAgeMs === undefined && abandonGroupAfterMs === undefined) return;
    // A mark that is written now and then shows other groups that this one has workers, idle as they may be.
    const intervalMs = Math.min(IDLE_TEND_INTERVAL_MS, (abandonGroupAfterMs ?? Infinity) / 4);
    this.lookTimer = setInterval(() => {
      this.isLookDue = true;
      this.tendSoon();
    }, intervalMs).unref();
  }

  /** Writes the last mark: this consumer has left, and owns nothing any more. Never rejects. */
  async close(): Promise<void> {
    await this.underWay;
    await this.tend();
  }

  /** Never rejects: an old mark makes entries run again, never be skipped. */
  private async tend(): Promise<void> {
    const finished = this.parts.finished();
    const changes = this.parts.changes();
    try {
      if (await this.tendOnce(finished)) {
        this.isOneMoreDue = finished !== this.reported;
        this.reported = finished;
        this.seenChanges = changes;
        this.isLookDue = false;
        this.parts.marks.solved();
      } else {
        // Whoever misses the group restores it.
        this.pausedUntil = performance.now() + LONGEST_TEND_INTERVAL_MS;
      }
    } catch (error) {
      // The next time tells the whole difference. A lost connection is soon there again, and an old mark makes entries run again.
      const isDisconnected = failureKindOf(error) === 'disconnected';
      this.pausedUntil = performance.now() + (isDisconnected ? LONGEST_TEND_INTERVAL_MS : PAUSE_AFTER_REFUSAL_MS);
      this.parts.marks.found(error);
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.tendTimer);
    clearInterval(this.lookTimer);
    clearInterval(this.pruneTimer);
  }

  private get isDue(): boolean {
    const { finished, changes } = this.parts;
    return finished() !== this.reported || changes() !== this.seenChanges || this.isOneMoreDue || this.isLookDue;
  }

  /** A timer only while there is something to tend: a hundred idle subscriptions should not wake a process all the time. */
  private tendSoon(): void {
    if (this.tendTimer !== undefined || this.isStopped || !this.isDue) return;
    const intervalMs = Math.min(LONGEST_TEND_INTERVAL_MS, Math.max(SHORTEST_TEND_INTERVAL_MS, this.pending));
    const pauseMs = this.pausedUntil - performance.now();
    this.tendTimer = setTimeout(() => void this.tendAndGoOn(), Math.max(intervalMs, pauseMs)).unref();
  }

  private async tendAndGoOn(): Promise<void> {
    this.underWay = this.tend();
    await this.underWay;
    this.tendTimer = undefined;
    this.tendSoon();
  }

  /** @returns whether the group is there */
  private async tendOnce(finished: number): Promise<boolean> {
    const { retention, abandonGroupAfterMs = 0, claimForeignAfterMs: foreignAfterMs, leaseMs } = this.options;
    const { commands, life, stability } = this.parts;
    const maxEntries = retention && Number.isFinite(retention.maxEntries) ? retention.maxEntries : undefined;
    const bounds = { maxEntries, maxAgeMs: retention?.maxAgeMs ?? 0, abandonGroupAfterMs, foreignAfterMs };
    let counted = this.reported;
    for (;;) {
      const isStable = stability.isStable(leaseMs);
      const reply = await commands.trimHistory({ reporter: this.reporter, finished, counted, isStable, ...bounds });
      if (!reply) return false;
      life.learn(reply.life);
      this.pending = reply.pending;
      if (!reply.isMoreToTrim) return true;
      counted = finished;
    }
  }

  private async prune(): Promise<void> {
    const removed = await this.parts.commands.pruneConsumers(4 * this.options.blockMs).catch(() => []);
    for (const name of removed) {
      this.parts.log.debug(
        `${this.options.stream} (${this.options.group}): removed the dead consumer '${name}', which owned nothing.`,
      );
    }
  }
}
