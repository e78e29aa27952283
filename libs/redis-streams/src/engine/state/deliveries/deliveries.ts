import type { Turn } from '../../../timing/turn.js';
import { Lease, Run, type RunSetting } from './delivery.js';
import { LeaseSet } from './lease-set.js';
import type { Progress } from '../progress.js';
import type { Slots } from '../slots.js';

/**
 * All deliveries of one subscription, and the one place where their leases and runs begin and end.
 *
 *     take ──► begin ──► ended ──► release        the usual way: lease, run, settling, gone
 *       │        ├─────► giveUp ─► release        it timed out: its lease is settled, the run is stuck
 *       │        └─────► lose                     another consumer has the entry: the run is stuck
 *       └──────────────────────► release          settled without a run
 *     rejoin: a stuck run has a lease again · ended: a stuck run leaves nothing
 */
export class Deliveries {
  /** Entries that this consumer holds. Their leases are renewed. */
  readonly leases = new LeaseSet();
  /** Runs without a lease: another delivery of their entry may begin elsewhere. */
  readonly stuck = new Set<Run>();
  private readonly onStuckChanged: (() => void)[] = [];
  private runs = 0;
  private begunRuns = 0;

  constructor(
    private readonly setting: RunSetting,
    private readonly slots: Slots,
    private readonly progress: Progress,
    private readonly turn: Turn,
  ) {}

  /** Calls back whenever a run gets stuck, and when one is so no more. */
  whenStuckChanges(listener: () => void): void {
    this.onStuckChanged.push(listener);
  }

  /** Handlers at work, stuck ones included. */
  get running(): number {
    return this.runs;
  }

  /** Runs that have begun since the start. */
  get begun(): number {
    return this.begunRuns;
  }

  /**
   * Entries that may be taken now. A slot is free as soon as its handler has ended. Meanwhile as many results again may be on
   * their way to settlement, and as many wait for the next; no more, so that memory stays bounded while Redis is slow.
   */
  get room(): number {
    return Math.max(0, Math.min(this.slots.free, 3 * this.slots.size - this.leases.size));
  }

  /** Whether all runs that may still settle have ended. */
  get isIdle(): boolean {
    return this.runs <= this.stuck.size;
  }

  /** All by their entry's id, the lease where there is one. It is made anew at each call: for what is rare, or serves many entries at once. */
  byId(): ReadonlyMap<string, Lease | Run> {
    const all = new Map<string, Lease | Run>();
    for (const run of this.stuck) all.set(run.entryId, run);
    for (const lease of this.leases) all.set(lease.entryId, lease);
    return all;
  }

  /** This consumer holds the entry. */
  take(entryId: string, deliveryCount: number, now: number): Lease {
    const lease = new Lease(entryId, deliveryCount, now);
    this.leases.add(lease);
    return lease;
  }

  /** A handler is about to be called; the caller has seen to a free slot. */
  begin(lease: Lease): Run {
    const run = new Run(this.setting, lease, lease.takenAt);
    lease.run = run;
    this.runs++;
    this.begunRuns++;
    this.progress.runChanges++;
    this.slots.take();
    return run;
  }

  /** The handler has ended. @returns the lease that waits for its settlement now; undefined when the run was stuck */
  ended(run: Run): Lease | undefined {
    const { lease } = run;
    this.part(run);
    this.unstick(run);
    this.runs--;
    this.progress.runChanges++;
    this.slots.release();
    return lease;
  }

  /** The run has failed, though it goes on. @returns the lease that waits for its settlement now */
  giveUp(run: Run): Lease {
    const lease = run.lease!;
    this.setStuck(run);
    return lease;
  }

  /** Another consumer has the entry, or nobody: a run on it is stuck. */
  lose(lease: Lease): void {
    if (lease.run) this.setStuck(lease.run);
    this.release(lease);
  }

  /** The entry is settled, or it turned out that another has it. */
  release(lease: Lease): void {
    if (this.leases.delete(lease)) this.turn.request();
  }

  /** A held entry was delivered again: what runs, or is settled, goes on under the new count. */
  giveAgain(lease: Lease, deliveryCount: number, now: number): void {
    lease.deliveryCount = deliveryCount;
    lease.givenAt = now;
    if (lease.run) lease.run.deliveryCount = deliveryCount;
  }

  /** The entry of a stuck run came back to this consumer: one process never runs an entry twice at once. */
  rejoin(run: Run, deliveryCount: number, now: number): Lease {
    const lease = this.take(run.entryId, deliveryCount, now);
    this.unstick(run);
    run.lease = lease;
    run.deliveryCount = deliveryCount;
    lease.run = run;
    return lease;
  }

  private setStuck(run: Run): void {
    this.part(run);
    this.stuck.add(run);
    run.onStuck?.();
    for (const listener of this.onStuckChanged) listener();
  }

  private unstick(run: Run): void {
    if (!this.stuck.delete(run)) return;
    for (const listener of this.onStuckChanged) listener();
  }

  private part(run: Run): void {
    if (!run.lease) return;
    run.lease.run = undefined;
    run.lease = undefined;
  }
}
