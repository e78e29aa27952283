const CAPACITY = 4_096;

/** The entries that this process acked last. Remembering one costs an assignment; asking is slow, and rare. */
export class RecentIds {
  private readonly ring: string[] = [];
  private next = 0;

  add(id: string): void {
    this.ring[this.next] = id;
    this.next = (this.next + 1) % CAPACITY;
  }

  has(id: string): boolean {
    return this.ring.includes(id);
  }
}
