import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import type { OperationStore } from '../../../model/ports/admin/operations.js';
import type { RedriveCommand, Revival, RevivalTerms } from '../../../model/ports/admin/revival.js';
import type { Part } from '../../operations/work/candidates.js';
import { type OperationPlace, stepOver, type WorkOutcome } from '../../operations/work/operation-work.js';

interface Parts {
  readonly letters: Pick<DeadLetterStore, 'purge'>;
  readonly operations: Pick<OperationStore, 'beat'>;
  readonly revival: Pick<Revival, 'redrive' | 'copy'>;
}

interface Alike {
  readonly ids: readonly string[];
  /** Their entries are no longer in the stream. */
  readonly areTrimmed: boolean;
}

/** Letters whose tasks can only be added anew. */
export class TrimmedLetters {
  constructor(
    private readonly parts: Parts,
    private readonly terms: RevivalTerms & { readonly operation: string },
  ) {}

  /** The first ones that are all trimmed, or all not. */
  async alike(command: RedriveCommand): Promise<Alike> {
    const outcomes = await this.parts.revival.redrive({ ...command, isDry: true });
    const areTrimmed = outcomes[0]!.outcome === 'not-in-stream';
    const other = outcomes.findIndex(
      ({ outcome }) => outcome === 'later' || (outcome === 'not-in-stream') !== areTrimmed,
    );
    return { ids: command.letterIds.slice(0, other < 0 ? undefined : other), areTrimmed };
  }

  /**
   * Adds their tasks, each behind a marker, so that none is added twice; then deletes and counts their letters in one step. Whoever goes on after a crash
   * in between does both again.
   */
  async copy(
    place: OperationPlace,
    { stream, again, letterIds: ids }: RedriveCommand,
    part: Part<unknown>,
  ): Promise<WorkOutcome> {
    const { letters, operations, revival } = this.parts;
    // It may have been cancelled, or taken over.
    if ((await operations.beat(place.hold, '')) === 'lost') return { kind: 'lost' };
    const copies = await revival.copy({ stream, target: stream, what: 'letters', again, terms: this.terms, ids });
    const left = copies.findIndex(({ outcome }) => outcome === 'later');
    if (left === 0) return { kind: 'wait', waitsFor: `'${stream}' to take more`, forMs: 1 };
    const looked = left < 0 ? copies : copies.slice(0, left);
    const copied = looked.filter(({ outcome }) => outcome === 'copied').map(({ id }) => id);
    const skipped: Record<string, number> = { ...part.skipped };
    for (const { outcome } of looked) if (outcome !== 'copied') skipped[outcome] = (skipped[outcome] ?? 0) + 1;
    const to = left < 0 ? part.to : looked.at(-1)!.id;
    const outcome = await letters.purge(stepOver(place, { items: [], skipped, to }), copied);
    return outcome === 'lost' ? { kind: 'lost' } : { kind: 'acted', count: copied.length, to };
  }
}
