import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import type { OperationStore, StoredOperation } from '../../../model/ports/admin/operations.js';
import type { Queries } from '../../../model/ports/queries.js';
import {
  MOST_REVIVED_AT_ONCE,
  type RedriveCommand,
  type Revival,
  type RevivalTerms,
} from '../../../model/ports/admin/revival.js';
import { perSecond } from '../../operations/operation-options.js';
import { Brake } from '../../operations/work/brake.js';
import { termsOf } from '../../operations/stored-spec.js';
import { Candidates, type Part } from '../../operations/work/candidates.js';
import {
  type OperationPlace,
  type OperationWork,
  stepOver,
  type WorkOutcome,
} from '../../operations/work/operation-work.js';
import { revivedOutcome } from '../../operations/work/revived.js';
import type { CheckedSelection } from '../letter-selection.js';
import { LoopGuard } from './loop-guard.js';
import { groupOf, RedrivableLetters, type SelectedLetter } from './redrivable-letters.js';
import { TrimmedLetters } from './trimmed-letters.js';

/** What a redrive is to do, as it is kept. */
export interface RedriveSpec extends CheckedSelection {
  readonly rate: number;
  readonly maxBacklog: number;
  readonly again: boolean;
  readonly copyTrimmed: boolean;
}

export interface RedriveParts {
  readonly letters: DeadLetterStore;
  readonly operations: Pick<OperationStore, 'advance'>;
  readonly revival: Pick<Revival, 'redrive' | 'copyLetters'>;
  readonly queries: Pick<Queries, 'look'>;
}

/** Makes tasks of dead letters again, in place. */
export class RedriveWork implements OperationWork {
  readonly rate: number;
  private readonly candidates: Candidates<SelectedLetter>;
  private readonly guard: LoopGuard;
  private readonly brake: Brake;
  private readonly trimmed: TrimmedLetters;
  private readonly spec: RedriveSpec;
  private readonly terms: RevivalTerms & { readonly operation: string };

  constructor(
    private readonly parts: RedriveParts,
    private readonly stream: string,
    operation: StoredOperation,
  ) {
    const { spec, upTo } = operation;
    this.spec = JSON.parse(spec) as RedriveSpec;
    this.rate = perSecond(this.spec.rate);
    this.terms = termsOf(operation);
    this.candidates = new Candidates(new RedrivableLetters(parts.letters, stream, this.spec, upTo));
    this.guard = new LoopGuard(parts.letters);
    this.brake = new Brake(parts.queries, stream, this.spec.maxBacklog);
    this.trimmed = new TrimmedLetters(parts.revival);
  }

  async next(place: OperationPlace, most: number): Promise<WorkOutcome> {
    const why = await this.guard.why(place.hold);
    if (why) return { kind: 'stop', why };
    const part = await this.candidates.next(place.cursor, Math.min(most, MOST_REVIVED_AT_ONCE));
    if (!part) return { kind: 'end' };
    if (part.items.length === 0) return this.stepOver(place, part);
    const { stream, terms } = this;
    const group = groupOf(part.items);
    const waitsFor = await this.brake.waitsFor(group);
    if (waitsFor) return { kind: 'wait', waitsFor };
    // Whoever names a letter means it.
    const again = this.spec.again || this.spec.ids !== undefined;
    const command = { stream, group, terms, again, letterIds: part.items.map(({ id }) => id) };
    return this.spec.copyTrimmed ? this.withCopies(place, command, part) : this.redrive(place, command, part);
  }

  private async redrive(place: OperationPlace, command: RedriveCommand, part: Part<unknown>): Promise<WorkOutcome> {
    const revived = await this.parts.revival.redrive({ ...command, step: stepOver(place, part) });
    return revivedOutcome(revived, part, place.cursor, 'redriven');
  }

  private async withCopies(place: OperationPlace, command: RedriveCommand, part: Part<unknown>): Promise<WorkOutcome> {
    const { ids, areTrimmed } = await this.trimmed.alike(command);
    const isAll = ids.length === command.letterIds.length;
    const first = isAll ? part : { ...part, to: ids.at(-1)! };
    const letters = { ...command, letterIds: ids };
    return areTrimmed ? this.trimmed.copy(place, letters, first) : this.redrive(place, letters, first);
  }

  private async stepOver(place: OperationPlace, part: Part<unknown>): Promise<WorkOutcome> {
    const outcome = await this.parts.operations.advance(stepOver(place, part), 0);
    return outcome === 'lost' ? { kind: 'lost' } : { kind: 'acted', count: 0, to: part.to };
  }
}
