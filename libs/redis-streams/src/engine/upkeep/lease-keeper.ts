import { LeaseLostError } from '../../model/errors/errors.js';
import { TaskCancelledError } from '../../model/errors/task-errors.js';
import { RENEW_EVERY } from '../../model/policy/lease-rule.js';
import type { Group } from '../../model/ports/group.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { Holder } from '../../model/ports/settlement.js';
import { Periodic } from '../../timing/periodic.js';
import type { EngineEvents } from '../events.js';
import type { GroupSetup } from '../group/group-setup.js';
import type { KnownLife } from '../group/known-life.js';
import type { Pause } from '../group/pause.js';
import type { Aborts } from '../state/deliveries/aborts.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import type { Lease } from '../state/deliveries/delivery.js';
import type { LinkStability } from '../state/link-stability.js';
import type { Claims } from './claims.js';

export interface LeaseKeeperParts {
  readonly group: Group;
  readonly groupSetup: GroupSetup;
  readonly life: KnownLife;
  readonly deliveries: Deliveries;
  readonly aborts: Aborts;
  readonly stability: LinkStability;
  readonly claims: Claims;
  readonly pause: Pause;
  readonly events: EngineEvents;
}

/** An entry that was read when it was asked to be cancelled has arrived by then. */
const SECOND_LOOK_MS = 500;

/** Renews the leases of all held entries every third of the shortest lease in the group, in one call. */
export class LeaseKeeper {
  private readonly periodic: Periodic;
  private isRenewing = false;
  private isWantedAgain = false;
  private secondLook: NodeJS.Timeout | undefined;
  private renewedAt = performance.now();
  /** Why the last renewal failed; undefined when it did not. */
  failure: string | undefined;
  /** How many have failed. */
  failures = 0;

  constructor(private readonly parts: LeaseKeeperParts) {
    this.periodic = new Periodic(
      () => parts.claims.shortestLeaseMs * RENEW_EVERY,
      () => void this.renew(),
    );
  }

  /** Milliseconds since the last renewal that Redis answered, or since nothing needed one. */
  get sinceRenewalMs(): number {
    return performance.now() - this.renewedAt;
  }

  start(): void {
    this.periodic.start();
  }

  /** Also called at once when the connection is back. Never rejects: the next one tries again. */
  async renew(): Promise<void> {
    const { group, groupSetup, deliveries, stability, claims, pause } = this.parts;
    const due = [...deliveries.leases];
    if (due.length === 0) {
      this.renewedAt = performance.now();
      this.failure = undefined;
      return;
    }
    if (this.isRenewing) return;
    this.isRenewing = true;
    const sentAt = performance.now();
    try {
      const notePause = pause.overhear();
      const reply = await group.renew(due.map(({ entryId }) => entryId));
      const { serverNow, lost, cancels } = reply;
      notePause(reply);
      const wasInTime = sentAt - this.renewedAt < claims.shortestLeaseMs;
      this.renewedAt = sentAt;
      this.failure = undefined;
      stability.answered(sentAt, 0, serverNow);
      if (lost.size > 0) await this.refreshLife();
      for (const lease of due) {
        const holder = lost.get(lease.entryId);
        if (holder !== undefined && this.isLost(lease, holder, wasInTime)) this.lose(lease);
        else if (cancels.has(lease.entryId)) this.cancel(lease, cancels.get(lease.entryId)!);
      }
    } catch (error) {
      this.failure = failureText(error);
      this.failures++;
      stability.disturbed();
      // A full worker reads nothing: here it hears of it first.
      if (failureKindOf(error) === 'group-missing') await groupSetup.ensure().catch(() => undefined);
    } finally {
      this.isRenewing = false;
    }
    if (!this.isWantedAgain) return;
    this.isWantedAgain = false;
    await this.renew();
  }

  /**
   * Renews entries that were read and not started yet.
   * @returns those that this consumer no longer holds
   */
  async renewUnstarted(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { lost } = await this.parts.group.renew(ids);
    return new Set(lost.keys());
  }

  /**
   * Somebody has asked to cancel an entry that this consumer may hold; without it the next renewal tells. Where the request has
   * overtaken the entry on its way here, a second look finds it.
   */
  lookForCancels(): void {
    if (this.isRenewing) this.isWantedAgain = true;
    else void this.renew();
    this.secondLook ??= setTimeout(() => {
      this.secondLook = undefined;
      void this.renew();
    }, SECOND_LOOK_MS).unref();
  }

  stop(): void {
    clearTimeout(this.secondLook);
    this.periodic.stop();
  }

  private isLost({ run, takenAt }: Lease, holder: Holder, wasInTime: boolean): boolean {
    // What is being settled may be gone from the pending list for the best of reasons.
    if (!run) return false;
    // While leases are kept nobody else can have had it: somebody deleted it, and no other run will do its work.
    if (holder === 'deleted' && wasInTime) return false;
    // Lost with the group, and nobody else's: the run goes on, and what it does need not be done again.
    return !(holder === 'nobody' && this.parts.life.hasChangedSince(takenAt));
  }

  private cancel(lease: Lease, reason: string): void {
    lease.isCancelRequested = true;
    if (lease.run) this.parts.aborts.abort(lease.run, new TaskCancelledError(reason || undefined));
  }

  private lose(lease: Lease): void {
    lease.run?.abort(new LeaseLostError('Another consumer owns the entry now; this run can settle nothing.'));
    this.parts.deliveries.lose(lease);
    this.parts.events.emit({ type: 'leaseLost', lease, learnedBy: 'renewal' });
  }

  /** Another process may have restored the group. */
  private async refreshLife(): Promise<void> {
    const found = await this.parts.group.readLife().catch(() => undefined);
    if (found) this.parts.life.learn(found.life);
  }
}
