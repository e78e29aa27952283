import type { DeadLetterStore } from '../../model/ports/admin/dead-letters.js';
import { nextEntryId } from '../../wire/entry-id.js';
import type { CheckedFilter } from './letter-filter.js';
import { SelectedLetters } from './letter-selection.js';
import { type DeadLetterSummary, LetterTally } from './letter-summary.js';

/** @param limit how many letters to look at, about */
export async function summaryOf(
  store: DeadLetterStore,
  stream: string,
  filter: CheckedFilter,
  limit: number,
): Promise<DeadLetterSummary> {
  const letters = new SelectedLetters(store, stream, filter, filter.to);
  const tally = new LetterTally();
  let scanned = 0;
  let isComplete = false;
  for (let from = filter.from; scanned < limit && !isComplete;) {
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const { items, isLast } = await letters.read(from);
    for (const letter of items) if (!letter.isGone && letters.judge(letter) === 'act') tally.add(letter);
    scanned += items.length;
    isComplete = isLast;
    if (!isLast) from = nextEntryId(items.at(-1)!.id);
  }
  return { causes: tally.causes(), scanned, isComplete };
}
