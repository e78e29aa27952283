import type { Delivery } from '../runs/delivery.js';
import { DeliverySet } from './delivery-set.js';
import type { Turn } from '../../timing/turn.js';

/** Which deliveries run here, which of them this consumer owns, and how many slots are free. */
export class InFlight {
  /** Running, or waiting for their settlement. Their leases are renewed. */
  readonly owned = new DeliverySet();
  /** Still running, though another delivery of their entry may begin elsewhere. */
  readonly forsaken = new Set<Delivery>();
  /** Runs that began and runs that ended so far: each changes what is pending. */
  changes = 0;
  private runs = 0;

  constructor(
    readonly concurrency: number,
    private readonly turn: Turn,
    /** A forsaken run has ended: this consumer may take its entry again. */
    private readonly onForsakenEnd: () => void,
  ) {}

  /**
   * Slots for new entries. A slot is free as soon as its handler has ended. Meanwhile as many again may be on their way to
   * settlement, and as many wait for the next; no more, so that memory stays bounded while Redis is slow.
   */
  get free(): number {
    return Math.max(0, Math.min(this.concurrency - this.runs, 3 * this.concurrency - this.owned.size));
  }

  get running(): number {
    return this.runs;
  }

  /** Whether all runs that may still settle have ended. */
  get isIdle(): boolean {
    return this.runs <= this.forsaken.size;
  }

  /** All by their entry's id. It is made anew at each call: for what is rare, or serves many entries at once. */
  byId(): ReadonlyMap<string, Delivery> {
    const deliveries = [...this.owned, ...this.forsaken];
    return new Map(deliveries.map((delivery) => [delivery.entryId, delivery]));
  }

  own(delivery: Delivery): void {
    this.forsaken.delete(delivery);
    this.owned.add(delivery);
  }

  occupySlot(): void {
    this.runs++;
    this.changes++;
  }

  /** The handler has ended. */
  freeSlot(delivery: Delivery): void {
    this.runs--;
    this.changes++;
    if (this.forsaken.delete(delivery)) this.onForsakenEnd();
    this.turn.request();
  }

  /** The run goes on and keeps its slot, but may not settle any more. */
  forsake(delivery: Delivery): void {
    if (delivery.state === 'running') {
      delivery.state = 'forsaken';
      this.forsaken.add(delivery);
      delivery.onStuck?.();
    }
    this.disown(delivery);
  }

  /** The entry is settled, or another consumer's. */
  disown(delivery: Delivery): void {
    if (this.owned.delete(delivery)) this.turn.request();
  }
}
