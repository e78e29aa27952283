import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import type { OperationStore, StoredOperation } from '../../model/ports/admin/operations.js';
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
import { dryRun } from './dry-run.js';
import { HistoryRange } from './history-range.js';
import type { ReplaySpec } from './replay-spec.js';

export interface CopyParts {
  readonly entries: EntryIds;
  readonly operations: Pick<OperationStore, 'beat' | 'advance'>;
  readonly revival: Pick<Revival, 'replay' | 'copy'>;
  readonly queries: Pick<Queries, 'look'>;
}

/** Adds tasks of the history to a stream, as new ones. The streams need not share a server: what was copied is marked there. */
export class CopyWork implements OperationWork {
  readonly rate: number;
  private readonly candidates: Candidates<{ readonly id: string }>;
  private readonly brake: Brake;
  private readonly spec: ReplaySpec;
  private readonly terms: RevivalTerms & { readonly operation: string };

  constructor(
    private readonly parts: CopyParts,
    private readonly stream: string,
    operation: StoredOperation,
  ) {
    const { spec, upTo } = operation;
    this.spec = JSON.parse(spec) as ReplaySpec;
    this.rate = perSecond(this.spec.rate);
    this.terms = termsOf(operation);
    this.candidates = new Candidates(new HistoryRange(parts.entries, stream, { from: this.spec.from, to: upTo }));
    this.brake = new Brake(parts.queries, this.spec.copyTo!, this.spec.maxBacklog);
  }

  async next(place: OperationPlace, most: number): Promise<WorkOutcome> {
    const { stream, spec, terms } = this;
    const { operations, revival } = this.parts;
    const part = await this.candidates.next(place.cursor, Math.min(most, MOST_REVIVED_AT_ONCE));
    if (!part) return { kind: 'end' };
    const waitsFor = await this.brake.waitsFor();
    if (waitsFor) return { kind: 'wait', waitsFor };
    const asked = part.items.map(({ id }) => id);
    const { eligible, leftOut } = await dryRun(revival, stream, spec, asked);
    const command = { stream, target: spec.copyTo!, terms };
    const outcomes: string[] = [];
    // One call takes so many bytes.
    for (let left = eligible; left.length > 0;) {
      // It may have been cancelled, or taken over.
      // oxlint-disable-next-line no-await-in-loop -- call by call
      if ((await operations.beat(place.hold, '')) === 'lost') return { kind: 'lost' };
      // oxlint-disable-next-line no-await-in-loop -- as above
      const copies = await revival.copy({ ...command, ids: left });
      const later = copies.filter(({ outcome }) => outcome === 'later').map(({ id }) => id);
      // Those that were copied are marked, and are not copied again with the rest.
      if (later.length === left.length) return { kind: 'wait', waitsFor: `'${spec.copyTo}' to take more`, forMs: 1 };
      for (const { outcome } of copies) if (outcome !== 'later') outcomes.push(outcome);
      left = later;
    }
    const skipped: Record<string, number> = {};
    const causes = [...leftOut, ...outcomes.filter((outcome) => outcome !== 'copied')];
    for (const cause of causes) skipped[cause] = (skipped[cause] ?? 0) + 1;
    const count = asked.length - causes.length;
    const outcome = await operations.advance(stepOver(place, { ...part, skipped }), count);
    return outcome === 'lost' ? { kind: 'lost' } : { kind: 'acted', count, to: part.to };
  }
}
