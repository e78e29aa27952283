import { compareEntryIds } from '../../wire/entry-id.js';

/** What XPENDING says of an entry: whose it is, since when by the server's clock, and how often it was delivered. */
export interface PendingEntry {
  readonly id: string;
  readonly consumer: string;
  readonly deliveryCount: number;
  readonly deliveredAt: number;
}

/** The entries of a group that were delivered and not acked. */
export class PendingList {
  private readonly byId = new Map<string, PendingEntry>();

  get size(): number {
    return this.byId.size;
  }

  get(id: string): PendingEntry | undefined {
    return this.byId.get(id);
  }

  set(entry: PendingEntry): void {
    this.byId.set(entry.id, entry);
  }

  delete(id: string): void {
    this.byId.delete(id);
  }

  /** In the order of their ids; all, or those of one consumer. */
  rows(consumer?: string): PendingEntry[] {
    const rows = [...this.byId.values()].filter((entry) => consumer === undefined || entry.consumer === consumer);
    return rows.toSorted((a, b) => compareEntryIds(a.id, b.id));
  }

  /** Who holds entries, in the order of their names, as Redis tells them. */
  holders(): string[] {
    return [...new Set([...this.byId.values()].map(({ consumer }) => consumer))].toSorted((a, b) => (a < b ? -1 : 1));
  }
}
