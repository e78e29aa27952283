import type { RawEntry } from '../../model/entry.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import type { ServerClock } from './server-clock.js';

/** The entries of one stream, oldest first. */
export class EntryLog {
  private list: RawEntry[] = [];
  private lastId = '0-0';

  constructor(private readonly clock: ServerClock) {}

  get entries(): readonly RawEntry[] {
    return this.list;
  }

  get length(): number {
    return this.list.length;
  }

  /** The greatest id that was ever given. */
  get lastGeneratedId(): string {
    return this.lastId;
  }

  /**
   * XADD: with an id of the server's time unless another is given.
   * @throws Error where the id is not greater than the last one
   */
  add(fields: readonly string[], id = this.nextId()): string {
    if (compareEntryIds(id, this.lastId) <= 0) {
      throw new Error(`The id ${id} is equal or smaller than the last one, ${this.lastId}.`);
    }
    this.list.push({ id, fields: [...fields] });
    this.lastId = id;
    return id;
  }

  get(id: string): RawEntry | undefined {
    const entry = this.list[this.countUpTo(id) - 1];
    return entry?.id === id ? entry : undefined;
  }

  /** XDEL. */
  delete(id: string): void {
    if (this.get(id)) this.list.splice(this.countUpTo(id) - 1, 1);
  }

  /** Up to `count` entries after an id. */
  after(id: string, count: number): readonly RawEntry[] {
    const start = this.countUpTo(id);
    return this.list.slice(start, start + count);
  }

  /** How many entries have this id or a smaller one. */
  countUpTo(id: string): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareEntryIds(this.list[middle]!.id, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** XTRIM: drops so many of the oldest. */
  dropOldest(count: number): void {
    if (count > 0) this.list.splice(0, count);
  }

  private nextId(): string {
    const [lastMs, lastSequence] = this.lastId.split('-').map(Number) as [number, number];
    const { now } = this.clock;
    return now > lastMs ? `${now}-0` : `${lastMs}-${lastSequence + 1}`;
  }
}
