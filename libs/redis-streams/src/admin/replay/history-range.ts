import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import type { CandidateSource, Judgement } from '../operations/work/candidates.js';

/** So many ids are read at a time. */
const PAGE = 1_000;

/** The entries of a stream between two, both inclusive. */
export class HistoryRange implements CandidateSource<{ readonly id: string }> {
  constructor(
    private readonly entries: EntryIds,
    private readonly stream: string,
    private readonly range: { readonly from: string; readonly to: string },
  ) {}

  async read(from: string): Promise<{ items: readonly { readonly id: string }[]; isLast: boolean }> {
    const begin = compareEntryIds(from, this.range.from) < 0 ? this.range.from : from;
    if (compareEntryIds(begin, this.range.to) > 0) return { items: [], isLast: true };
    const { ids, isCut } = await this.entries.ids(this.stream, { from: begin, to: this.range.to, count: PAGE });
    return { items: ids.map((id) => ({ id })), isLast: !isCut };
  }

  judge(): Judgement {
    return 'act';
  }
}
