import type { OperationPlan } from '../../model/operations/operation.js';
import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import { MOST_REVIVED_AT_ONCE, type Revival } from '../../model/ports/admin/revival.js';
import type { Queries } from '../../model/ports/queries.js';
import { PlanTally } from '../operations/plan-tally.js';
import { targetWarnings } from '../operations/target-warnings.js';
import { Candidates } from '../operations/work/candidates.js';
import { dryRun } from './dry-run.js';
import { HistoryRange } from './history-range.js';
import type { ReplaySpec } from './replay-spec.js';

const SIDE_EFFECTS =
  'Tasks that have ended well run once more, with the code of today: what they did, such as mails, charges and model calls, is done again, but ' +
  'for what context.once remembers.';

interface Replay {
  readonly stream: string;
  readonly spec: ReplaySpec;
  readonly upTo: string;
}

interface Parts {
  readonly entries: EntryIds;
  readonly revival: Pick<Revival, 'replay' | 'copy'>;
  readonly queries: Pick<Queries, 'look'>;
}

export async function planReplay(
  { entries, revival, queries }: Parts,
  { stream, spec, upTo }: Replay,
): Promise<OperationPlan> {
  const candidates = new Candidates(new HistoryRange(entries, stream, { from: spec.from, to: upTo }));
  const tally = new PlanTally();
  for (let after = '0-0'; ;) {
    // oxlint-disable-next-line no-await-in-loop -- part by part
    const part = await candidates.next(after, MOST_REVIVED_AT_ONCE);
    if (!part) break;
    const ids = part.items.map(({ id }) => id);
    // oxlint-disable-next-line no-await-in-loop -- as above
    const { eligible, leftOut } = await dryRun(revival, stream, spec, ids);
    for (const id of eligible) tally.act({ id, taskId: id, group: spec.group ?? '' });
    for (const cause of leftOut) tally.leaveOut(cause);
    after = part.to;
  }
  const { copyTo, rate } = spec;
  const askTargets = () =>
    copyTo === undefined ? targetWarnings(queries, stream, tally.groups) : targetWarnings(queries, copyTo);
  const ofTargets = tally.count > 0 ? await askTargets() : [];
  return tally.plan({ stream, kind: 'replay', rate, upTo, warnings: [...warningsOf(spec, tally.count), ...ofTargets] });
}

function warningsOf({ copyTo, historyStartsAt }: ReplaySpec, eligible: number): string[] {
  const warnings = eligible === 0 ? [] : [copyTo === undefined ? SIDE_EFFECTS : ofCopies(copyTo)];
  if (historyStartsAt !== undefined)
    warnings.push(
      `The history starts at ${historyStartsAt}: what was added before then is not kept, or there was nothing.`,
    );
  return warnings;
}

function ofCopies(target: string): string {
  return (
    `All groups of '${target}' get what is copied there, as new tasks: what their handlers do, such as mails, charges and model calls, is done for each, ` +
    'also where it was done for its original.'
  );
}
