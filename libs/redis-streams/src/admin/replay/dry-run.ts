import type { Revival, Revived } from '../../model/ports/admin/revival.js';
import type { ReplaySpec } from './replay-spec.js';

export interface DryRun {
  readonly eligible: readonly string[];
  /** Why others are left out, each. */
  readonly leftOut: readonly string[];
}

type Try = (ids: readonly string[]) => Promise<readonly Revived<string>[]>;

/** Which entries a replay would take. */
export async function dryRun(
  revival: Pick<Revival, 'replay' | 'copy'>,
  stream: string,
  { group, copyTo }: ReplaySpec,
  ids: readonly string[],
): Promise<DryRun> {
  const tries: Try[] = [];
  if (group !== undefined)
    tries.push((entryIds) => revival.replay({ stream, group, terms: {}, isDry: true, entryIds }));
  if (copyTo !== undefined) {
    const command = { stream, target: copyTo, terms: { operation: '' }, isDry: true };
    tries.push((entryIds) => revival.copy({ ...command, ids: entryIds }));
  }
  let eligible = ids;
  const leftOut: string[] = [];
  for (const attempt of tries) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked what the first would take
    const outcomes = await all(attempt, eligible);
    eligible = outcomes.filter(isTaken).map(({ id }) => id);
    leftOut.push(...outcomes.filter((each) => !isTaken(each)).map(({ outcome }) => outcome));
  }
  return { eligible, leftOut };
}

function isTaken({ outcome }: Revived<string>): boolean {
  return outcome === 'replayed' || outcome === 'copied';
}

/** What one call leaves for later is asked again. */
async function all(attempt: Try, ids: readonly string[]): Promise<Revived<string>[]> {
  const known: Revived<string>[] = [];
  for (let left = ids; left.length > 0;) {
    // oxlint-disable-next-line no-await-in-loop -- one call takes so much
    const outcomes = await attempt(left);
    known.push(...outcomes.filter(({ outcome }) => outcome !== 'later'));
    left = outcomes.filter(({ outcome }) => outcome === 'later').map(({ id }) => id);
  }
  return known;
}
