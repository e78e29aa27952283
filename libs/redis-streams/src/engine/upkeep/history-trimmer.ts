import { randomBytes } from 'node:crypto';
import type { Group } from '../../model/ports/group.js';
import { failureKindOf } from '../../model/ports/redis-failure.js';
import { Periodic } from '../../timing/periodic.js';
import type { Turn } from '../../timing/turn.js';
import type { KnownLife } from '../group/known-life.js';
import type { MarksProblem } from '../group/marks-problem.js';
import type { LinkStability } from '../state/link-stability.js';
import type { Progress } from '../state/progress.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** The mark is this old at most when a group vanishes; with many pending entries it is more to write, and older. */
const SHORTEST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 1_000;
/** How often history is looked at for its age alone, while nothing is settled. */
const IDLE_INTERVAL_MS = 30_000;
/** A server that refuses goes on to, most likely: its memory is full, or something else is in the place of the marks. */
const PAUSE_AFTER_REFUSAL_MS = 10_000;

export interface HistoryTrimmerParts {
  readonly group: Group;
  readonly life: KnownLife;
  readonly stability: LinkStability;
  readonly marks: MarksProblem;
  readonly progress: Progress;
  readonly turn: Turn;
}

/**
 * Saves a group's mark and trims the stream's history, up to twenty times a second while entries are being started and
 * settled. Nothing here is urgent, and all of it can be late: an old mark makes entries run again, never be skipped.
 */
export class HistoryTrimmer {
  /** Under which what this process has finished is counted. */
  private readonly reporter = randomBytes(6).toString('base64url');
  /** Entries have grown old, maybe, or other groups' workers wait for a sign, though nothing was settled. */
  private readonly idleLook: Periodic | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reported = 0;
  private seenChanges = 0;
  /** What was finished last may only be trimmed once it is finished everywhere: progress is followed by one more look. */
  private isOneMoreDue = false;
  private isLookDue = false;
  private underWay: Promise<void> | undefined;
  private isStopped = false;
  /** Pending entries in the group, as last seen. */
  private pending = 0;
  private pausedUntil = 0;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: HistoryTrimmerParts,
  ) {
    parts.turn.afterNext(() => this.trimSoon());
    const { retention, abandonGroupAfterMs } = options;
    if (retention?.maxAgeMs === undefined && abandonGroupAfterMs === undefined) return;
    // A mark that is written now and then shows other groups that this one has workers, idle as they may be.
    const intervalMs = Math.min(IDLE_INTERVAL_MS, (abandonGroupAfterMs ?? Infinity) / 4);
    this.idleLook = new Periodic(
      () => intervalMs,
      () => {
        this.isLookDue = true;
        this.trimSoon();
      },
    );
  }

  start(): void {
    this.idleLook?.start();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.idleLook?.stop();
  }

  /** Saves the last mark: this consumer has left, and holds nothing any more. Never rejects. */
  async close(): Promise<void> {
    await this.underWay;
    await this.trim();
  }

  private get isDue(): boolean {
    const { finished, runChanges } = this.parts.progress;
    return finished !== this.reported || runChanges !== this.seenChanges || this.isOneMoreDue || this.isLookDue;
  }

  /** A timer only while there is something to do: a hundred idle subscriptions should not wake a process all the time. */
  private trimSoon(): void {
    if (this.timer !== undefined || this.isStopped || !this.isDue) return;
    const intervalMs = Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, this.pending));
    const pauseMs = this.pausedUntil - performance.now();
    this.timer = setTimeout(() => void this.trimAndGoOn(), Math.max(intervalMs, pauseMs)).unref();
  }

  private async trimAndGoOn(): Promise<void> {
    this.underWay = this.trim();
    await this.underWay;
    this.timer = undefined;
    this.trimSoon();
  }

  private async trim(): Promise<void> {
    const { progress, marks } = this.parts;
    const { finished, runChanges } = progress;
    try {
      if (await this.trimAll(finished)) {
        this.isOneMoreDue = finished !== this.reported;
        this.reported = finished;
        this.seenChanges = runChanges;
        this.isLookDue = false;
        marks.solved();
      } else {
        // Whoever misses the group restores it.
        this.pausedUntil = performance.now() + LONGEST_INTERVAL_MS;
      }
    } catch (error) {
      // The next time tells the whole difference. A lost connection is soon there again.
      const isDisconnected = failureKindOf(error) === 'disconnected';
      this.pausedUntil = performance.now() + (isDisconnected ? LONGEST_INTERVAL_MS : PAUSE_AFTER_REFUSAL_MS);
      marks.found(error);
    }
  }

  /** @returns whether the group is there */
  private async trimAll(finished: number): Promise<boolean> {
    const { retention, abandonGroupAfterMs = 0, claimForeignAfterMs: foreignAfterMs, leaseMs } = this.options;
    const { group, life, stability } = this.parts;
    const maxEntries = retention && Number.isFinite(retention.maxEntries) ? retention.maxEntries : undefined;
    const bounds = { maxEntries, maxAgeMs: retention?.maxAgeMs ?? 0, abandonGroupAfterMs, foreignAfterMs };
    let counted = this.reported;
    for (;;) {
      const isStable = stability.isStable(leaseMs);
      const reply = await group.trimHistory({ reporter: this.reporter, finished, counted, isStable, ...bounds });
      if (!reply) return false;
      life.learn(reply.life);
      this.pending = reply.pending;
      if (!reply.isMoreToTrim) return true;
      counted = finished;
    }
  }
}
