import type { OperationPlan } from '../../../model/operations/operation.js';
import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import { MOST_REVIVED_AT_ONCE, type RedriveOutcome, type Revival } from '../../../model/ports/admin/revival.js';
import type { Queries } from '../../../model/ports/queries.js';
import { Candidates } from '../../operations/work/candidates.js';
import { PlanTally } from '../../operations/plan-tally.js';
import { targetWarnings } from '../../operations/target-warnings.js';
import { asPlanned } from '../letter-facts.js';
import { groupOf, RedrivableLetters } from './redrivable-letters.js';
import type { CheckedSelection } from '../letter-selection.js';

interface Redrive {
  readonly stream: string;
  readonly selection: CheckedSelection;
  readonly again: boolean;
  readonly copyTrimmed: boolean;
  readonly rate: number;
  readonly upTo: string;
}

/** Of these the code must have changed, or they die again at once. */
const OF_CODE = new Set(['undecodable', 'rejected-by-pipe', 'unusable-result']);

interface Parts {
  readonly letters: DeadLetterStore;
  readonly revival: Pick<Revival, 'redrive'>;
  readonly queries: Pick<Queries, 'look'>;
}

export async function planRedrive({ letters, revival, queries }: Parts, redrive: Redrive): Promise<OperationPlan> {
  const { stream, selection, upTo } = redrive;
  const candidates = new Candidates(new RedrivableLetters(letters, stream, selection, upTo));
  const tally = new PlanTally();
  let ofCode = 0;
  const again = redrive.again || selection.ids !== undefined;
  for (let after = '0-0'; ;) {
    // oxlint-disable-next-line no-await-in-loop -- part by part
    const part = await candidates.next(after, MOST_REVIVED_AT_ONCE);
    if (!part) break;
    const known = new Map(part.items.map((letter) => [letter.id, letter]));
    for (let left = [...known.keys()]; left.length > 0;) {
      const command = { stream, group: groupOf(part.items), terms: {}, again, isDry: true, letterIds: left };
      // oxlint-disable-next-line no-await-in-loop -- as above
      const outcomes = await revival.redrive(command);
      for (const { id, outcome } of outcomes) {
        const letter = known.get(id)!;
        const isCopied = outcome === 'not-in-stream' && redrive.copyTrimmed;
        if ((outcome === 'redriven' || isCopied) && !letter.isGone) {
          tally.act(asPlanned(letter));
          if (OF_CODE.has(letter.reason)) ofCode++;
        } else if (outcome !== 'later') tally.leaveOut(outcome);
      }
      left = outcomes.filter(({ outcome }) => outcome === 'later').map(({ id }) => id);
    }
    after = part.to;
  }
  const ofTargets = tally.count > 0 ? await targetWarnings(queries, stream, tally.groups) : [];
  return tally.plan({ ...redrive, kind: 'redrive', warnings: [...warningsOf(tally, ofCode), ...ofTargets] });
}

const SIDE_EFFECTS =
  'Tasks run once more: what they did before they failed, such as mails, charges and model calls, may be done again.';

function warningsOf({ count, leftOut }: PlanTally, ofCode: number): string[] {
  const warnings = count > 0 ? [SIDE_EFFECTS] : [];
  if (ofCode > 0)
    warnings.push(`${ofCode} could not be read, or were refused: they die again, unless the code has changed since.`);
  const { 'redriven-before': before, 'not-in-stream': trimmed }: Partial<Record<RedriveOutcome, number>> = leftOut;
  if (before) warnings.push(`${before} had been redriven before, and died again: { again: true } takes them, too.`);
  if (trimmed)
    warnings.push(
      `${trimmed} have no entry in the stream any more: { copyTrimmed: true } adds them as new tasks, for all groups.`,
    );
  return warnings;
}
