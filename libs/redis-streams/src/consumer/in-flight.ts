import type { Delivery } from './delivery.js';
import type { Turn } from './turn.js';

/** Which deliveries run here, which of them this consumer owns, and how many slots are free. */
export class InFlight {
  /** Running, or waiting for their settlement, in the order of delivery. Their leases are renewed. */
  readonly owned = new Map<string, Delivery>();
  /** Still running, though another delivery of their entry may begin elsewhere. */
  readonly forsaken = new Map<string, Delivery>();
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

  find(id: string): Delivery | undefined {
    return this.owned.get(id) ?? (this.forsaken.size > 0 ? this.forsaken.get(id) : undefined);
  }

  own(delivery: Delivery): void {
    if (this.forsaken.size > 0) this.forsaken.delete(delivery.entryId);
    this.owned.set(delivery.entryId, delivery);
  }

  occupySlot(): void {
    this.runs++;
  }

  /** The handler has ended. */
  freeSlot(delivery: Delivery): void {
    this.runs--;
    if (this.forget(this.forsaken, delivery)) this.onForsakenEnd();
    this.turn.request();
  }

  /** The run goes on and keeps its slot, but may not settle any more. */
  forsake(delivery: Delivery): void {
    if (delivery.state === 'running') {
      delivery.state = 'forsaken';
      this.forsaken.set(delivery.entryId, delivery);
    }
    this.disown(delivery);
  }

  /** The entry is settled, or another consumer's. */
  disown(delivery: Delivery): void {
    if (this.forget(this.owned, delivery)) this.turn.request();
  }

  private forget(map: Map<string, Delivery>, delivery: Delivery): boolean {
    return map.size > 0 && map.get(delivery.entryId) === delivery && map.delete(delivery.entryId);
  }
}
