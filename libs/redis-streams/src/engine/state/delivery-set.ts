import type { Delivery } from '../runs/delivery.js';

/**
 * Deliveries, each at most once, in no order; adding and deleting takes no memory. A Map or Set would leave a dead table
 * behind whenever it has grown out of one, each pointing to the next: as soon as one of them is old, V8's quick collections
 * keep all later ones, and every entry that went through them, until the next full one.
 */
export class DeliverySet {
  private readonly items: Delivery[] = [];

  get size(): number {
    return this.items.length;
  }

  add(delivery: Delivery): void {
    if (this.has(delivery)) return;
    delivery.position = this.items.length;
    this.items.push(delivery);
  }

  has(delivery: Delivery): boolean {
    return this.items[delivery.position] === delivery;
  }

  /** @returns whether it was there */
  delete(delivery: Delivery): boolean {
    if (!this.has(delivery)) return false;
    const last = this.items.pop()!;
    if (last !== delivery) {
      last.position = delivery.position;
      this.items[last.position] = last;
    }
    delivery.position = -1;
    return true;
  }

  [Symbol.iterator](): IterableIterator<Delivery> {
    return this.items.values();
  }
}
