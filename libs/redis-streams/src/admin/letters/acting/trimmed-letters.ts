import type { RedriveCommand, Revival } from '../../../model/ports/admin/revival.js';
import type { Part } from '../../operations/work/candidates.js';
import { type OperationPlace, stepOver, type WorkOutcome } from '../../operations/work/operation-work.js';
import { revivedOutcome } from '../../operations/work/revived.js';

interface Alike {
  readonly ids: readonly string[];
  /** Their entries are no longer in the stream. */
  readonly areTrimmed: boolean;
}

/** Letters whose tasks can only be added anew. */
export class TrimmedLetters {
  constructor(private readonly revival: Pick<Revival, 'redrive' | 'copyLetters'>) {}

  /** The first ones that are all trimmed, or all not. */
  async alike(command: RedriveCommand): Promise<Alike> {
    const outcomes = await this.revival.redrive({ ...command, isDry: true });
    const areTrimmed = outcomes[0]!.outcome === 'not-in-stream';
    const other = outcomes.findIndex(
      ({ outcome }) => outcome === 'later' || (outcome === 'not-in-stream') !== areTrimmed,
    );
    return { ids: command.letterIds.slice(0, other < 0 ? undefined : other), areTrimmed };
  }

  /** Adds their tasks. */
  async copy(place: OperationPlace, command: RedriveCommand, part: Part<unknown>): Promise<WorkOutcome> {
    const copies = await this.revival.copyLetters({ ...command, step: stepOver(place, part) });
    return revivedOutcome(copies, part, place.cursor, 'copied');
  }
}
