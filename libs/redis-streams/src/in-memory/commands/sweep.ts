import type { ClaimedEntry, SweepCommand, SweepPosition, SweepReply } from '../../model/ports/claims.js';
import { DISTURBED_BEYOND } from '../../model/policy/lease-rule.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { PendingEntry } from '../store/pending-list.js';
import { leaseInName } from '../../wire/consumer-name.js';
import { groupOf, type StoredMember } from '../store/stored-member.js';

/** So many entries of others are looked at, at most. */
const MOST_LOOKED_AT = 2_000;
const FROM_THE_START: SweepPosition = { consumer: '', id: '' };

/** As the sweep script does. */
export function sweep(member: StoredMember, command: SweepCommand): SweepReply {
  return new Sweep(member, command).run();
}

class Sweep {
  private readonly claimed: ClaimedEntry[] = [];
  private readonly deleted: string[] = [];
  private readonly running: ReadonlySet<string>;
  private shortestLeaseMs: number | undefined;
  private takenOver = 0;
  private lookedAt = 0;
  /** Where it had to stop. */
  private next: SweepPosition | undefined;
  private isMoreToTakeOver = false;

  constructor(
    private readonly member: StoredMember,
    private readonly command: SweepCommand,
  ) {
    this.running = new Set(command.running);
  }

  run(): SweepReply {
    const { stream, group } = this.member;
    const { seenAt } = groupOf(this.member);
    const pause = stream.pauseOf(group);
    if (!pause) {
      this.claimOwn();
      this.takeOver();
    }
    if (this.command.looksAround) for (const name of seenAt.keys()) this.leaseOf(name);
    this.restoreSchedule();
    for (const id of this.deleted) stream.tasksOf(group).lives.delete(id);
    return {
      serverNow: stream.clock.now,
      nextDueAt: stream.retriesOf(group).all()[0]?.dueAt,
      nextDelayedAt: stream.nextDelayedAt,
      claimed: this.claimed,
      deleted: this.deleted,
      cancels: stream.tasksOf(group).cancelsAmong(this.claimed.map(({ id }) => id)),
      owed: stream.tasksOf(group).owedAmong(this.claimed.map(({ id }) => id)),
      pause,
      lives: stream.tasksOf(group).livesAmong(this.claimed.map(({ id }) => id)),
      next: this.next ?? FROM_THE_START,
      shortestLeaseMs: this.shortestLeaseMs,
      isMoreToTakeOver: this.isMoreToTakeOver,
      consumers: this.command.looksAround ? seenAt.size : 0,
    };
  }

  /** What a lost reply has brought here, at its old count. */
  private claimOwn(): void {
    for (const pending of groupOf(this.member).pending.rows(this.member.consumer)) {
      if (this.isFull) return;
      if (!this.running.has(pending.id)) this.claim(pending, pending.deliveryCount);
    }
  }

  /** What others have left behind, at its count plus one; from where the last sweep stopped, if that one still holds anything. */
  private takeOver(): void {
    const { pending } = groupOf(this.member);
    const { from, foreignLeaseMs } = this.command;
    const holders = pending.holders();
    const first = Math.max(0, holders.indexOf(from.consumer));
    for (const [index, owner] of holders.entries()) {
      if (owner === RETRY_CONSUMER || owner === this.member.consumer) continue;
      const lease = this.leaseOf(owner);
      if (index < first || this.next || !this.isStable(lease ?? foreignLeaseMs)) continue;
      this.judge(owner, lease);
    }
  }

  private judge(owner: string, lease: number | undefined): void {
    const group = groupOf(this.member);
    const { from, foreignAfterMs, takeOver } = this.command;
    const rows = group.pending.rows(owner);
    const start = owner === from.consumer ? rows.findIndex(({ id }) => id === from.id) : 0;
    for (const pending of rows.slice(Math.max(0, start))) {
      if (this.lookedAt >= MOST_LOOKED_AT) {
        this.next = { consumer: owner, id: pending.id };
        return;
      }
      this.lookedAt++;
      if (group.idleMs(pending) < (lease ?? foreignAfterMs) || this.running.has(pending.id)) continue;
      if (this.takenOver >= takeOver || this.isFull) {
        this.isMoreToTakeOver = true;
        this.next = { consumer: owner, id: pending.id };
        return;
      }
      if (this.claim(pending, pending.deliveryCount + 1)) this.takenOver++;
    }
  }

  /** Scheduled retries that the schedule lacks, due now: looked for where it has fewer than there are. */
  private restoreSchedule(): void {
    const { stream, group } = this.member;
    const retries = stream.retriesOf(group);
    const scheduled = groupOf(this.member).pending.rows(RETRY_CONSUMER);
    if (scheduled.length <= retries.size) return;
    for (const { id } of scheduled) {
      if (retries.dueAt(id) === undefined) retries.set(id, stream.clock.now);
    }
  }

  private claim({ id, consumer: from }: PendingEntry, deliveryCount: number): boolean {
    const entry = groupOf(this.member).claim(id, this.member.consumer, { deliveryCount });
    if (entry) this.claimed.push({ ...entry, deliveryCount, from });
    else this.deleted.push(id);
    return entry !== undefined;
  }

  private get isFull(): boolean {
    return this.claimed.length >= this.command.limit;
  }

  private isStable(leaseMs: number): boolean {
    const { expectedServerNow = 0, unstable } = this.command;
    if (Math.abs(this.member.stream.clock.now - expectedServerNow) > leaseMs * DISTURBED_BEYOND) return false;
    return !unstable.some(({ longerThanMs, shorterThanMs }) => longerThanMs < leaseMs && leaseMs < shorterThanMs);
  }

  private leaseOf(name: string): number | undefined {
    const lease = leaseInName(name);
    const isOther = lease !== undefined && name !== this.member.consumer;
    if (isOther) this.shortestLeaseMs = Math.min(this.shortestLeaseMs ?? lease, lease);
    return lease;
  }
}
