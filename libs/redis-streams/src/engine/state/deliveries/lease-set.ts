import type { Lease } from './delivery.js';

/** Leases, each at most once, in no order; adding and deleting takes no memory: see "What V8 keeps" in docs/performance.md. */
export class LeaseSet {
  private readonly items: Lease[] = [];

  get size(): number {
    return this.items.length;
  }

  add(lease: Lease): void {
    if (this.has(lease)) return;
    lease.position = this.items.length;
    this.items.push(lease);
  }

  has(lease: Lease): boolean {
    return this.items[lease.position] === lease;
  }

  /** @returns whether it was there */
  delete(lease: Lease): boolean {
    if (!this.has(lease)) return false;
    const last = this.items.pop()!;
    if (last !== lease) {
      last.position = lease.position;
      this.items[last.position] = last;
    }
    lease.position = -1;
    return true;
  }

  [Symbol.iterator](): IterableIterator<Lease> {
    return this.items.values();
  }
}
