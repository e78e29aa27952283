import type { Log } from '../model/log.js';
import type { GroupCommands } from '../redis/group-commands.js';
import { HistoryWindow } from './history-window.js';
import type { SubscriptionOptions } from './subscription-options.js';

const TEND_INTERVAL_MS = 1_000;
/** How often history is looked at for its age alone, while nothing is settled. */
const IDLE_TEND_INTERVAL_MS = 30_000;
const PRUNE_INTERVAL_MS = 60_000;

/**
 * Keeps a group's traces in Redis in order: its low-water mark and the stream's history, once a second while entries are
 * being settled; and dead consumers, now and then. Nothing here is urgent, and all of it can be late.
 */
export class Housekeeper {
  private readonly history: HistoryWindow | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pruneTimer: NodeJS.Timeout | undefined;
  private reported = 0;
  private tendedAt = 0;
  private isTending = false;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: GroupCommands,
    private readonly log: Log,
    /** Counts entries that this process has finished; a change means that the mark may have moved. */
    private readonly finished: () => number,
  ) {
    const { retention } = options;
    this.history =
      retention && Number.isFinite(retention.maxEntries) ? new HistoryWindow(retention.maxEntries) : undefined;
  }

  start(): void {
    const pruneIntervalMs = Math.min(PRUNE_INTERVAL_MS, 10 * this.options.leaseMs);
    this.timer = setInterval(() => void this.tend(), TEND_INTERVAL_MS).unref();
    this.pruneTimer = setInterval(() => void this.prune(), pruneIntervalMs).unref();
  }

  /** Never rejects: an old mark makes entries run again, never be skipped. */
  async tend(): Promise<void> {
    const finished = this.finished();
    const isAging = this.options.retention?.maxAgeMs !== undefined;
    const isDue = finished !== this.reported || (isAging && performance.now() - this.tendedAt > IDLE_TEND_INTERVAL_MS);
    if (!isDue || this.isTending) return;
    this.isTending = true;
    try {
      await this.tendOnce(finished - this.reported);
      this.reported = finished;
      this.tendedAt = performance.now();
    } catch {
      // Without Redis or the group there is nothing to tend; the next time tells the whole difference.
    } finally {
      this.isTending = false;
    }
  }

  stop(): void {
    clearInterval(this.timer);
    clearInterval(this.pruneTimer);
  }

  private async tendOnce(newlyFinished: number): Promise<void> {
    const { retention, abandonGroupAfterMs = 0 } = this.options;
    let more = true;
    for (let count = newlyFinished; more; count = 0) {
      const reply = await this.commands.tendHistory({
        newlyFinished: count,
        trimTo: this.history?.oldestToKeep,
        maxAgeMs: retention?.maxAgeMs ?? 0,
        abandonGroupAfterMs,
      });
      this.history?.note(reply.finished, reply.mark);
      more = reply.isMoreToTrim;
    }
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
