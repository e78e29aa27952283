import { compareEntryIds } from '../../wire/entry-id.js';

/** The first and the last of some ids, for one look at what is pending between them; of none, all that is pending. */
export function idRange(...lists: readonly (readonly { readonly entryId: string }[])[]): [first: string, last: string] {
  let first: string | undefined;
  let last: string | undefined;
  for (const list of lists) {
    for (const { entryId } of list) {
      if (first === undefined || compareEntryIds(entryId, first) < 0) first = entryId;
      if (last === undefined || compareEntryIds(entryId, last) > 0) last = entryId;
    }
  }
  return [first ?? '-', last ?? '+'];
}
