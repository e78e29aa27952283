import { LeaseLostError } from '../model/errors.js';
import { LONGEST_TIMER_MS } from '../model/longest-timer.js';
import type { GroupCommands } from '../redis/group-commands.js';
import type { InFlight } from './in-flight.js';
import type { LinkCalm } from './link-calm.js';
import type { OutcomeReport } from './outcome-report.js';

/** Renews the leases of all owned entries every third of the shortest lease in the group, in one call. */
export class LeaseKeeper {
  private timer: NodeJS.Timeout | undefined;
  private isRenewing = false;
  private renewedAt = performance.now();

  constructor(
    /** The shortest lease in the group: renewing that often, a full worker also notices what disturbs the others. */
    private readonly shortestLeaseMs: () => number,
    private readonly commands: GroupCommands,
    private readonly inFlight: InFlight,
    private readonly calm: LinkCalm,
    private readonly report: OutcomeReport,
  ) {}

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
      return;
    }
    if (this.isRenewing) return;
    this.isRenewing = true;
    const sentAt = performance.now();
    try {
      const { serverNow, lost } = await this.commands.renew(due.map(({ entryId }) => entryId));
      this.renewedAt = sentAt;
      this.calm.answered(sentAt, 0, serverNow);
      const lostIds = new Set(lost);
      // What is being settled may be gone from the pending list for the best of reasons.
      for (const delivery of due) {
        if (!lostIds.has(delivery.entryId) || delivery.state !== 'running') continue;
        this.inFlight.forsake(delivery);
        this.report.lost(delivery);
        delivery.abort(new LeaseLostError('Another consumer owns the entry now; this run can settle nothing.'));
      }
    } catch {
      this.calm.disturbed();
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
    return new Set(lost);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
