import type { RawEntry } from '../../model/entry.js';
import type { LetterRange, RawLetters } from '../../model/ports/admin/dead-letters.js';
import { compareEntryIds, nextEntryId } from '../../wire/entry-id.js';
import { factsOf } from './letter-facts.js';
import { type CheckedFilter, isMeant } from './letter-filter.js';

type ReadRange = (range: LetterRange) => Promise<RawLetters>;

/** Letters come with their payloads. */
const PAGE = 100;

/** The letters that a filter means, oldest first, in pages. */
export async function* rawLetters(read: ReadRange, filter: CheckedFilter): AsyncGenerator<RawEntry> {
  const pages = filter.ids ? pagesOfIds(read, filter.ids, filter) : pagesOfRange(read, filter);
  for await (const page of pages) {
    for (const letter of page) if (isMeant(factsOf({ id: letter.id, headers: letter.fields }), filter)) yield letter;
  }
}

async function* pagesOfRange(read: ReadRange, { from, to }: CheckedFilter): AsyncGenerator<readonly RawEntry[]> {
  if (compareEntryIds(from, to) > 0) return;
  for (let next = from; ;) {
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const { letters, isCut } = await read({ from: next, to, count: PAGE });
    yield letters;
    if (!isCut) return;
    next = nextEntryId(letters.at(-1)!.id);
  }
}

async function* pagesOfIds(
  read: ReadRange,
  ids: readonly string[],
  { from, to }: CheckedFilter,
): AsyncGenerator<readonly RawEntry[]> {
  for (const id of ids) {
    const isMeantToo = compareEntryIds(from, id) <= 0 && compareEntryIds(id, to) <= 0;
    // oxlint-disable-next-line no-await-in-loop -- a letter may be large
    if (isMeantToo) yield (await read({ from: id, to: id, count: 1 })).letters;
  }
}
