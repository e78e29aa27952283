import { LeaseLostError } from '../../model/errors/errors.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import type { Group } from '../../model/ports/group.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { GroupSetup } from './group-setup.js';
import type { InFlight } from '../state/in-flight.js';
import type { KnownLife } from '../state/known-life.js';
import type { LinkStability } from '../state/link-stability.js';
import type { OutcomeReport } from '../observers/outcome-report.js';

export interface LeaseKeeperParts {
  readonly commands: Group;
  readonly groupSetup: GroupSetup;
  readonly life: KnownLife;
  readonly inFlight: InFlight;
  readonly stability: LinkStability;
  readonly report: OutcomeReport;
}

/** Renews the leases of all owned entries every third of the shortest lease in the group, in one call. */
export class LeaseKeeper {
  private timer: NodeJS.Timeout | undefined;
  private isRenewing = false;
  private renewedAt = performance.now();
  /** Why the last renewal failed; undefined when it did not. */
  failure: string | undefined;

  private readonly commands: Group;
  private readonly groupSetup: GroupSetup;
  private readonly life: KnownLife;
  private readonly inFlight: InFlight;
  private readonly stability: LinkStability;
  private readonly report: OutcomeReport;

  constructor(
    /** The shortest lease in the group: renewing that often, a full worker also notices what disturbs the others. */
    private readonly shortestLeaseMs: () => number,
    parts: LeaseKeeperParts,
  ) {
    ({ commands: this.commands, groupSetup: this.groupSetup, life: this.life } = parts);
    ({ inFlight: this.inFlight, stability: this.stability, report: this.report } = parts);
  }

  /** Milliseconds since the last renewal that Redis answered, or since nothing needed one. */
  get sinceRenewalMs(): number {
    return performance.now() - this.renewedAt;
  }

  start(): void {
    const intervalMs = Math.min(this.shortestLeaseMs() / 3, LONGEST_TIMER_MS);
    this.timer = setTimeout(() => {
      void this.renew();
      this.start();
    }, intervalMs).unref();
  }

  /** Also called at once when the connection is back. Never rejects: the next one tries again. */
  async renew(): Promise<void> {
    const due = [...this.inFlight.owned];
    if (due.length === 0) {
      this.renewedAt = performance.now();
      this.failure = undefined;
      return;
    }
    if (this.isRenewing) return;
    this.isRenewing = true;
    const sentAt = performance.now();
    try {
      const { serverNow, lost } = await this.commands.renew(due.map(({ entryId }) => entryId));
      const wasInTime = sentAt - this.renewedAt < this.shortestLeaseMs();
      this.renewedAt = sentAt;
      this.failure = undefined;
      this.stability.answered(sentAt, 0, serverNow);
      if (lost.size > 0) await this.refreshLife();
      for (const delivery of due) {
        const holder = lost.get(delivery.entryId);
        // What is being settled may be gone from the pending list for the best of reasons.
        if (holder === undefined || delivery.state !== 'running') continue;
        // While leases are kept nobody else can have had it: somebody deleted it, and no other run will do its work.
        if (holder === 'deleted' && wasInTime) continue;
        // Lost with the group, and nobody else's: the run goes on, and what it does need not be done again.
        if (holder === 'nobody' && this.life.hasChangedSince(delivery.startedAt)) continue;
        this.inFlight.forsake(delivery);
        this.report.lost(delivery);
        delivery.abort(new LeaseLostError('Another consumer owns the entry now; this run can settle nothing.'));
      }
    } catch (error) {
      this.failure = failureText(error);
      this.stability.disturbed();
      // A full worker reads nothing: here it hears of it first.
      if (failureKindOf(error) === 'group-missing') await this.groupSetup.ensure().catch(() => undefined);
    } finally {
      this.isRenewing = false;
    }
  }

  /**
   * Renews entries that were read and not started yet.
   * @returns those that this consumer no longer owns
   */
  async renewUnstarted(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { lost } = await this.commands.renew(ids);
    return new Set(lost.keys());
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Another process may have restored the group. */
  private async refreshLife(): Promise<void> {
    const found = await this.commands.readLife().catch(() => undefined);
    if (found) this.life.learn(found.life);
  }
}
