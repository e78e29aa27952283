import type { Log } from '../model/log.js';
import type { GroupCommands } from '../redis/group-commands.js';
import type { SubscriptionOptions } from './subscription-options.js';
import type { Turn } from './turn.js';

/** The mark is this old at most when a group vanishes; with many pending entries it is more to write, and older. */
const SHORTEST_TEND_INTERVAL_MS = 50;
const LONGEST_TEND_INTERVAL_MS = 1_000;
/** How often history is looked at for its age alone, while nothing is settled. */
const IDLE_TEND_INTERVAL_MS = 30_000;
const PAUSE_AFTER_FAILURE_MS = 10_000;
const PRUNE_INTERVAL_MS = 60_000;

/**
 * Keeps a group's traces in Redis in order: its low-water mark and the stream's history, up to twenty times a second while
 * entries are being settled; and dead consumers, now and then. Nothing here is urgent, and all of it can be late.
 */
export class Housekeeper {
  private tendTimer: NodeJS.Timeout | undefined;
  private ageTimer: NodeJS.Timeout | undefined;
  private pruneTimer: NodeJS.Timeout | undefined;
  private reported = 0;
  /** What was finished last may only be trimmed once it is finished everywhere: progress is followed by one more look. */
  private isOneMoreDue = false;
  /** Entries have grown old, maybe, though nothing was settled. */
  private isAgeDue = false;
  private isTending = false;
  private isStopped = false;
  /** Pending entries in the group, as last seen. */
  private pending = 0;
  private pausedUntil = 0;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: GroupCommands,
    private readonly log: Log,
    /** Counts entries that this process has finished; a change means that the mark may have moved. */
    private readonly finished: () => number,
    turn: Turn,
  ) {
    turn.afterNext(() => this.tendSoon());
  }

  start(): void {
    const pruneIntervalMs = Math.min(PRUNE_INTERVAL_MS, 10 * this.options.leaseMs);
    this.pruneTimer = setInterval(() => void this.prune(), pruneIntervalMs).unref();
    if (this.options.retention?.maxAgeMs === undefined) return;
    this.ageTimer = setInterval(() => {
      this.isAgeDue = true;
      this.tendSoon();
    }, IDLE_TEND_INTERVAL_MS).unref();
  }

  /** Never rejects: an old mark makes entries run again, never be skipped. */
  async tend(): Promise<void> {
    if (this.isTending || performance.now() < this.pausedUntil || !this.isDue) return;
    this.isTending = true;
    const finished = this.finished();
    try {
      await this.tendOnce(finished - this.reported);
      this.isOneMoreDue = finished !== this.reported;
      this.reported = finished;
      this.isAgeDue = false;
    } catch {
      // Without Redis or the group there is nothing to tend; the next time tells the whole difference.
      this.pausedUntil = performance.now() + PAUSE_AFTER_FAILURE_MS;
    } finally {
      this.isTending = false;
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.tendTimer);
    clearInterval(this.ageTimer);
    clearInterval(this.pruneTimer);
  }

  private get isDue(): boolean {
    return this.finished() !== this.reported || this.isOneMoreDue || this.isAgeDue;
  }

  /** A timer only while there is something to tend: a hundred idle subscriptions should not wake a process all the time. */
  private tendSoon(): void {
    if (this.tendTimer !== undefined || this.isStopped || !this.isDue) return;
    const intervalMs = Math.min(LONGEST_TEND_INTERVAL_MS, Math.max(SHORTEST_TEND_INTERVAL_MS, this.pending));
    const pauseMs = this.pausedUntil - performance.now();
    this.tendTimer = setTimeout(() => void this.tendAndGoOn(), Math.max(intervalMs, pauseMs)).unref();
  }

  private async tendAndGoOn(): Promise<void> {
    await this.tend();
    this.tendTimer = undefined;
    this.tendSoon();
  }

  private async tendOnce(newlyFinished: number): Promise<void> {
    const { retention, abandonGroupAfterMs = 0 } = this.options;
    const maxEntries = retention && Number.isFinite(retention.maxEntries) ? retention.maxEntries : undefined;
    const rest = { maxEntries, maxAgeMs: retention?.maxAgeMs ?? 0, abandonGroupAfterMs };
    let reply = await this.commands.tendHistory({ newlyFinished, ...rest });
    while (reply.isMoreToTrim) reply = await this.commands.tendHistory({ newlyFinished: 0, ...rest });
    this.pending = reply.pending;
  }

  private async prune(): Promise<void> {
    const removed = await this.commands.pruneConsumers(4 * this.options.blockMs).catch(() => []);
    for (const name of removed) {
      this.log.debug(
        `${this.options.stream} (${this.options.group}): removed the dead consumer '${name}', which owned nothing.`,
      );
    }
  }
}
