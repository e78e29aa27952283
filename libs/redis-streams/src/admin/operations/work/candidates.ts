import { compareEntryIds, nextEntryId } from '../../../wire/entry-id.js';

/** What one part of an operation looks at: what to act on, and how many of the selected ones are left out, by cause. */
export interface Part<Item> {
  readonly items: readonly Item[];
  readonly skipped: Readonly<Record<string, number>>;
  /** The last id that it looks at. */
  readonly to: string;
}

/** Act on it; pass it by, as it is not selected; or why it is left out. */
export type Judgement = 'act' | 'pass' | { readonly because: string };

export interface CandidateSource<Item> {
  /** The next ones from an id on, in their order. */
  read(from: string): Promise<{ readonly items: readonly Item[]; readonly isLast: boolean }>;
  judge(item: Item): Judgement;
  /** Whether two may be in one part. Default: any may. */
  fit?(one: Item, other: Item): boolean;
}

/** Walks through what an operation may act on, forward by id, so that what comes back with a new id is not met again. */
export class Candidates<Item extends { readonly id: string }> {
  private buffer: readonly Item[] = [];
  /** Nothing comes after the buffer. */
  private isLast = false;

  constructor(private readonly source: CandidateSource<Item>) {}

  /**
   * @param after the last id that was dealt with
   * @param most how many to act on at most
   * @returns undefined where there is nothing more
   */
  async next(after: string, most: number): Promise<Part<Item> | undefined> {
    const next = this.buffer.findIndex(({ id }) => compareEntryIds(id, after) > 0);
    this.buffer = next < 0 ? [] : this.buffer.slice(next);
    let from = after;
    while (this.buffer.length === 0 && !this.isLast) {
      // oxlint-disable-next-line no-await-in-loop -- of ids that were given, a page may have none
      const { items, isLast } = await this.source.read(nextEntryId(from));
      this.buffer = items;
      this.isLast = isLast;
      from = items.at(-1)?.id ?? from;
    }
    return this.buffer.length === 0 ? undefined : this.partOf(most);
  }

  private partOf(most: number): Part<Item> {
    const items: Item[] = [];
    const skipped: Record<string, number> = {};
    let to = '';
    for (const item of this.buffer) {
      const judgement = this.source.judge(item);
      if (judgement === 'act') {
        const { source } = this;
        const fits = !source.fit || items.every((other) => source.fit!(other, item));
        if (!fits || items.length === most) break;
        items.push(item);
      } else if (judgement !== 'pass') {
        skipped[judgement.because] = (skipped[judgement.because] ?? 0) + 1;
      }
      to = item.id;
    }
    return { items, skipped, to };
  }
}
