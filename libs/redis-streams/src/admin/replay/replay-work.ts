import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import type { StoredOperation } from '../../model/ports/admin/operations.js';
import type { Queries } from '../../model/ports/queries.js';
import { MOST_REVIVED_AT_ONCE, type Revival, type RevivalTerms } from '../../model/ports/admin/revival.js';
import { perSecond } from '../operations/operation-options.js';
import { Brake } from '../operations/work/brake.js';
import { termsOf } from '../operations/stored-spec.js';
import { Candidates } from '../operations/work/candidates.js';
import {
  type OperationPlace,
  type OperationWork,
  stepOver,
  type WorkOutcome,
} from '../operations/work/operation-work.js';
import { revivedOutcome } from '../operations/work/revived.js';
import { HistoryRange } from './history-range.js';
import type { ReplaySpec } from './replay-spec.js';

export interface ReplayParts {
  readonly entries: EntryIds;
  readonly revival: Pick<Revival, 'replay'>;
  readonly queries: Pick<Queries, 'look'>;
}

/** Has finished tasks run again, in place. */
export class ReplayWork implements OperationWork {
  readonly rate: number;
  private readonly candidates: Candidates<{ readonly id: string }>;
  private readonly brake: Brake;
  private readonly group: string;
  private readonly terms: RevivalTerms;

  constructor(
    private readonly parts: ReplayParts,
    private readonly stream: string,
    operation: StoredOperation,
  ) {
    const { spec, upTo } = operation;
    const { rate, from, group, maxBacklog } = JSON.parse(spec) as ReplaySpec;
    this.rate = perSecond(rate);
    this.group = group!;
    this.terms = termsOf(operation);
    this.candidates = new Candidates(new HistoryRange(parts.entries, stream, { from, to: upTo }));
    this.brake = new Brake(parts.queries, stream, maxBacklog);
  }

  async next(place: OperationPlace, most: number): Promise<WorkOutcome> {
    const { stream, group, terms } = this;
    const part = await this.candidates.next(place.cursor, Math.min(most, MOST_REVIVED_AT_ONCE));
    if (!part) return { kind: 'end' };
    const waitsFor = await this.brake.waitsFor(group);
    if (waitsFor) return { kind: 'wait', waitsFor };
    const entryIds = part.items.map(({ id }) => id);
    const revived = await this.parts.revival.replay({ stream, group, terms, entryIds, step: stepOver(place, part) });
    return revivedOutcome(revived, part, place.cursor, 'replayed');
  }
}
