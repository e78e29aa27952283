import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import type { StoredOperation } from '../../../model/ports/admin/operations.js';
import { Candidates } from '../../operations/work/candidates.js';
import { perSecond } from '../../operations/operation-options.js';
import {
  type OperationPlace,
  type OperationWork,
  stepOver,
  type WorkOutcome,
} from '../../operations/work/operation-work.js';
import { type CheckedSelection, type SelectedLetter, SelectedLetters } from '../letter-selection.js';

/** What a purge is to do, as it is kept. */
export interface PurgeSpec extends CheckedSelection {
  readonly rate: number;
}

/** Deletes dead letters. */
export class PurgeWork implements OperationWork {
  readonly rate: number;
  private readonly candidates: Candidates<SelectedLetter>;

  constructor(
    private readonly store: DeadLetterStore,
    stream: string,
    { spec, upTo }: StoredOperation,
  ) {
    const selection = JSON.parse(spec) as PurgeSpec;
    this.rate = perSecond(selection.rate);
    this.candidates = new Candidates(new SelectedLetters(store, stream, selection, upTo));
  }

  async next(place: OperationPlace, most: number): Promise<WorkOutcome> {
    const part = await this.candidates.next(place.cursor, most);
    if (!part) return { kind: 'end' };
    const ids = part.items.map(({ id }) => id);
    const outcome = await this.store.purge(stepOver(place, part), ids);
    return outcome === 'lost' ? { kind: 'lost' } : { kind: 'acted', count: ids.length, to: part.to };
  }
}
