import type { RawEntry } from '../../model/entry.js';
import { compareEntryIds, previousEntryId } from '../../wire/entry-id.js';
import type { EntryLog } from './entry-log.js';
import { MOST_IN_SNAPSHOT } from './group-mark.js';
import { type PendingEntry, PendingList } from './pending-list.js';
import type { ServerClock } from './server-clock.js';

/** A pending entry and for how long nobody has cared for it, in milliseconds. */
export interface HeldEntry extends PendingEntry {
  readonly idleMs: number;
}

export interface ClaimOptions {
  /** The delivery count to set; without it the count stays. */
  readonly deliveryCount?: number;
}

/** A consumer group as Redis keeps it. */
export class StoredGroup {
  readonly pending = new PendingList();
  /** When each consumer was last seen, by the server's clock. */
  readonly seenAt = new Map<string, number>();

  /** @param lastDelivered the id of the last entry that was delivered */
  constructor(
    private readonly log: EntryLog,
    private readonly clock: ServerClock,
    public lastDelivered: string,
  ) {}

  /** Up to and with this id all is finished. Moved back, a group has unfinished entries below its oldest pending one, too. */
  get finishedUpTo(): string {
    const oldest = this.pending.rows()[0];
    if (!oldest) return this.lastDelivered;
    const beforePending = previousEntryId(oldest.id);
    return compareEntryIds(beforePending, this.lastDelivered) < 0 ? beforePending : this.lastDelivered;
  }

  /** What is pending, in the order of ids: for tests. */
  get held(): readonly HeldEntry[] {
    return this.pending.rows().map((entry) => ({ ...entry, idleMs: this.idleMs(entry) }));
  }

  /** What is pending, as a mark keeps it. */
  get snapshot(): readonly PendingEntry[] {
    return this.pending.size > MOST_IN_SNAPSHOT ? [] : this.pending.rows();
  }

  /** How long ago an entry was delivered, claimed or renewed, in milliseconds. */
  idleMs({ deliveredAt }: PendingEntry): number {
    return Math.max(0, this.clock.now - deliveredAt);
  }

  /** XREADGROUP with `>`: new entries, or those that come again after a move back; each begins anew, with a count of 1. */
  read(consumer: string, count: number): readonly RawEntry[] {
    this.seen(consumer);
    const entries = this.log.after(this.lastDelivered, count);
    for (const { id } of entries) this.give(id, consumer, 1);
    this.lastDelivered = entries.at(-1)?.id ?? this.lastDelivered;
    return entries;
  }

  /** XCLAIM. @returns nothing for one that is not pending, or whose entry was deleted: then it is pending no more */
  claim(id: string, consumer: string, { deliveryCount }: ClaimOptions = {}): RawEntry | undefined {
    const pending = this.pending.get(id);
    if (!pending) return undefined;
    const entry = this.log.get(id);
    if (!entry) {
      this.pending.delete(id);
      return undefined;
    }
    this.seen(consumer);
    this.give(id, consumer, deliveryCount ?? pending.deliveryCount);
    return entry;
  }

  /** XCLAIM with FORCE, as if the entry had been pending. */
  putBack({ id, consumer, deliveryCount }: PendingEntry): void {
    this.seen(consumer);
    if (this.log.get(id)) this.give(id, consumer, deliveryCount);
  }

  private give(id: string, consumer: string, deliveryCount: number): void {
    this.pending.set({ id, consumer, deliveryCount, deliveredAt: this.clock.now });
  }

  private seen(consumer: string): void {
    this.seenAt.set(consumer, this.clock.now);
  }
}
