import type { GroupLife } from '../../model/groups/group-life.js';

const CAPACITY = 4_096;

/**
 * The entries that this process acked last, and in which life of the group. Remembering one costs two assignments; asking is
 * slow, and rare.
 */
export class RecentlyAcked {
  private readonly ids: string[] = [];
  private readonly lives: (GroupLife | undefined)[] = [];
  private next = 0;

  add(id: string, life: GroupLife | undefined): void {
    this.ids[this.next] = id;
    this.lives[this.next] = life;
    this.next = (this.next + 1) % CAPACITY;
  }

  /** The life in which it was acked last; undefined when it was not, or in none that is known. */
  lifeOf(id: string): GroupLife | undefined {
    const latest = this.next === 0 ? -1 : this.ids.lastIndexOf(id, this.next - 1);
    return this.lives[latest === -1 ? this.ids.lastIndexOf(id) : latest];
  }
}
