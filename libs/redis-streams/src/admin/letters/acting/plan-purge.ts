import type { OperationPlan } from '../../../model/operations/operation.js';
import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import { Candidates } from '../../operations/work/candidates.js';
import { PlanTally } from '../../operations/plan-tally.js';
import { asPlanned } from '../letter-facts.js';
import { type CheckedSelection, SelectedLetters } from '../letter-selection.js';

interface Purge {
  readonly stream: string;
  readonly selection: CheckedSelection;
  readonly rate: number;
  readonly upTo: string;
}

const WARNINGS = ['What is purged is gone for good: payloads, errors and stacks.'];
const AT_ONCE = 500;

export async function planPurge(store: DeadLetterStore, purge: Purge): Promise<OperationPlan> {
  const { stream, selection, upTo } = purge;
  const candidates = new Candidates(new SelectedLetters(store, stream, selection, upTo));
  const tally = new PlanTally();
  for (let after = '0-0'; ;) {
    // oxlint-disable-next-line no-await-in-loop -- part by part
    const part = await candidates.next(after, AT_ONCE);
    if (!part) break;
    for (const letter of part.items) if (!letter.isGone) tally.act(asPlanned(letter));
    for (const [cause, count] of Object.entries(part.skipped)) tally.leaveOut(cause, count);
    after = part.to;
  }
  return tally.plan({ ...purge, kind: 'purge', warnings: tally.count > 0 ? WARNINGS : [] });
}
