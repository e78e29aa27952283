import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import type { OperationStep, OperationStore, StoredOperation } from '../../../model/ports/admin/operations.js';
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
import { Candidates } from '../../operations/work/candidates.js';
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

/** What a redrive is to do, as it is kept. */
export interface RedriveSpec extends CheckedSelection {
  readonly rate: number;
  readonly maxBacklog: number;
  readonly again: boolean;
  readonly copyTrimmed: boolean;
}

export interface RedriveParts {
  readonly letters: DeadLetterStore;
  readonly operations: Pick<OperationStore, 'advance' | 'beat'>;
  readonly revival: Pick<Revival, 'redrive' | 'copy'>;
  readonly queries: Pick<Queries, 'look'>;
}

/** Makes tasks of dead letters again, in place. */
export class RedriveWork implements OperationWork {
  readonly rate: number;
  private readonly candidates: Candidates<SelectedLetter>;
  private readonly guard: LoopGuard;
  private readonly brake: Brake;
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
  }

  async next(place: OperationPlace, most: number): Promise<WorkOutcome> {
    const why = await this.guard.why(place.hold);
    if (why) return { kind: 'stop', why };
    const part = await this.candidates.next(place.cursor, Math.min(most, MOST_REVIVED_AT_ONCE));
    if (!part) return { kind: 'end' };
    const step = stepOver(place, part);
    if (part.items.length === 0) return this.advance(step, part.to, 0);
    const { stream, terms } = this;
    const group = groupOf(part.items);
    const waitsFor = await this.brake.waitsFor(group);
    if (waitsFor) return { kind: 'wait', waitsFor };
    // Whoever names a letter means it.
    const again = this.spec.again || this.spec.ids !== undefined;
    const command = { stream, group, terms, again, letterIds: part.items.map(({ id }) => id) };
    const copied = this.spec.copyTrimmed ? await this.copyTrimmed(place, command) : [];
    if (!copied) return { kind: 'lost' };
    const letterIds = command.letterIds.filter((id) => !copied.includes(id));
    if (letterIds.length === 0) return this.advance(step, part.to, copied.length);
    // Where it stands is for the others to say.
    if (copied.length > 0) await this.advance({ ...step, to: place.cursor, skipped: {} }, place.cursor, copied.length);
    const revived = await this.parts.revival.redrive({ ...command, letterIds, step });
    return revivedOutcome(revived, part, place.cursor, 'redriven');
  }

  private async advance(step: OperationStep, to: string, count: number): Promise<WorkOutcome> {
    const outcome = await this.parts.operations.advance(step, count);
    return outcome === 'lost' ? { kind: 'lost' } : { kind: 'acted', count, to };
  }

  /** @returns the letters whose tasks were added anew; undefined where the operation has ended, or another process has it */
  private async copyTrimmed(place: OperationPlace, command: RedriveCommand): Promise<string[] | undefined> {
    const { operations, revival } = this.parts;
    const { stream, again } = command;
    const found = await revival.redrive({ ...command, isDry: true });
    const ids = found.filter(({ outcome }) => outcome === 'not-in-stream').map(({ id }) => id);
    if (ids.length === 0) return [];
    if ((await operations.beat(place.hold, '')) === 'lost') return undefined;
    const copies = await revival.copy({ stream, target: stream, what: 'letters', again, terms: this.terms, ids });
    return copies.filter(({ outcome }) => outcome === 'copied').map(({ id }) => id);
  }
}
