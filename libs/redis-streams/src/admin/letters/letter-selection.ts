import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { DeadLetterStore } from '../../model/ports/admin/dead-letters.js';
import { fail } from '../../options/checks/option-checks.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import { assertLetterId } from '../../wire/tasks/task-id.js';
import type { CandidateSource, Judgement } from '../operations/work/candidates.js';
import { factsOf, type LetterFacts } from './letter-facts.js';
import { type AgedFilter, checkedFilter, type CheckedFilter, type DeadLetterFilter, isMeant } from './letter-filter.js';

/** Which dead letters a bulk action is for: at least one property of a filter, or `all`. Where several are given, all must hold. */
export interface DeadLetterSelection extends DeadLetterFilter {
  /** All there are. Nothing is meant by an empty selection, so that no mistake means everything. */
  all?: true;
  /** The last letter that is looked at: `OperationPlan.upTo`. Default the newest when the action starts. */
  upTo?: string;
}

/** As it is kept, and can be asked. */
export interface CheckedSelection extends CheckedFilter {
  readonly upTo?: string | undefined;
}

/**
 * @param call what the messages of errors begin with
 * @throws RedisStreamsConfigError for one that selects nothing, or that cannot be
 */
export function checkedSelection(given: DeadLetterSelection, call: string): CheckedSelection & AgedFilter {
  const where = `the selection of ${call}`;
  const filter = checkedFilter(given, where, ['all', 'upTo']);
  const { all, upTo, ...wanted } = given;
  if (upTo !== undefined) assertLetterId(upTo, `${where}: upTo`);
  if (all !== undefined && (all as unknown) !== true) fail(`${where}: all`, 'true, or left out', all);
  const isNarrow = Object.values(wanted).some((value) => value !== undefined);
  if (!isNarrow && !all)
    throw new RedisStreamsConfigError(`${where} is empty. Say which letters, or { all: true } for all of them.`);
  if (isNarrow && all) throw new RedisStreamsConfigError(`${where} says all, and which. Take one of them out.`);
  return { ...filter, upTo };
}

/** So many are read at a time. */
const PAGE = 500;

/** A letter that was selected by its id, and is not there. */
interface Missing {
  readonly id: string;
  readonly isGone: true;
}

export type SelectedLetter = (LetterFacts & { readonly isGone?: undefined }) | Missing;

/** The letters of a selection, of a stream, up to one that was fixed before. */
export class SelectedLetters implements CandidateSource<SelectedLetter> {
  constructor(
    private readonly store: DeadLetterStore,
    private readonly stream: string,
    private readonly selection: CheckedFilter,
    private readonly upTo: string,
  ) {}

  async read(from: string): Promise<{ items: readonly SelectedLetter[]; isLast: boolean }> {
    const { ids, from: first, to } = this.selection;
    const begin = later(from, first);
    const end = compareEntryIds(to, this.upTo) < 0 ? to : this.upTo;
    if (compareEntryIds(begin, end) > 0) return { items: [], isLast: true };
    if (!ids) {
      const { heads, isCut } = await this.store.heads(this.stream, { from: begin, to: end, count: PAGE });
      return { items: heads.map(factsOf), isLast: !isCut };
    }
    const rest = ids.filter((id) => compareEntryIds(id, begin) >= 0 && compareEntryIds(id, end) <= 0);
    if (rest.length === 0) return { items: [], isLast: true };
    const { heads, looked } = await this.store.heads(this.stream, rest.slice(0, PAGE));
    const found = new Map(heads.map((head) => [head.id, factsOf(head)]));
    const items = rest.slice(0, looked).map((id) => found.get(id) ?? { id, isGone: true as const });
    return { items, isLast: looked === rest.length };
  }

  judge(letter: SelectedLetter): Judgement {
    if (letter.isGone) return { because: 'gone' };
    return isMeant(letter, this.selection) ? 'act' : 'pass';
  }
}

function later(a: string, b: string): string {
  return compareEntryIds(a, b) < 0 ? b : a;
}
