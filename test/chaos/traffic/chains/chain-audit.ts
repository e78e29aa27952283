import {
  entriesOf,
  type Evidence,
  type Finding,
  mayBeLost,
  repeatsIn,
  storyOf,
  whyNotOnce,
} from '../audit/evidence.js';
import { chainsOf } from '../kinds.js';

/** How long a successor may be on its way to another slot. */
const ON_THE_WAY_MS = 15_000;

/** Each document that entered its first stage has come through all of them, as one task in each. */
export function auditChains(evidence: Evidence): Finding {
  const count = { documents: 0, results: 0, repeats: 0, lostToFailovers: 0 };
  const broken: string[] = [];
  for (const stages of chainsOf(evidence)) {
    const names = documentsOf(evidence, stages[0]!);
    count.documents += names.size;
    for (const stage of stages) count.repeats += repeatsIn(evidence, stage, names);
    for (const name of names) {
      const [what, stage] = firstFlaw(evidence, stages, name) ?? [];
      if (what === undefined) count.results++;
      else if (wasLost(evidence, stages, name, stage!)) count.lostToFailovers++;
      else broken.push(what, ...storyOf(evidence, name, ...stages));
    }
    broken.push(...wrongSuccessors(evidence, stages));
  }
  return { figures: count, broken: { 'N documents in are N results out, one task in each stage': broken } };
}

/** What was accepted, and what is there though nobody was told. */
function documentsOf({ books, left }: Evidence, first: string): Set<string> {
  const accepted = books.factsOf('chains').filter(({ stream }) => stream === first);
  return new Set([...accepted.map(({ name }) => name), ...left.get(first)!.keys()]);
}

/** @returns it, and the number of the stage */
function firstFlaw(evidence: Evidence, stages: readonly string[], name: string): [string, number] | undefined {
  for (const [n, stage] of stages.entries()) {
    const what = whyNotOnce(evidence, stage, name);
    if (what !== undefined) return [what, n];
  }
  return undefined;
}

/**
 * In one slot a failover takes back a task together with what it forwarded. In two, one server may know that a task has forwarded, and the
 * other lose what that was.
 */
function wasLost(evidence: Evidence, stages: readonly string[], name: string, stage: number): boolean {
  if (stages[0]!.startsWith('{') || stage === 0 || entriesOf(evidence, stages[stage]!, name).length > 0) return false;
  const runs = evidence.books.runsOf(stages[stage - 1]!, name);
  return runs.some(({ endedAt }) => endedAt !== undefined && mayBeLost(evidence, endedAt, endedAt + ON_THE_WAY_MS));
}

/** What says that it comes of another task than that of the stage before. */
function wrongSuccessors(evidence: Evidence, stages: readonly string[]): string[] {
  const wrong: string[] = [];
  for (const [n, stage] of stages.entries()) {
    const before = n === 0 ? undefined : stages[n - 1]!;
    for (const [name, entries] of evidence.left.get(stage)!) {
      const sources = before === undefined ? [] : entriesOf(evidence, before, name);
      for (const { id, from } of entries) {
        if (from === undefined ? before === undefined : sources.some((source) => from.startsWith(`${source.id} 0 `)))
          continue;
        wrong.push(
          `${name} in ${stage}, ${id}, is of ${from}, and not of ${sources.map((source) => source.id).join(', ')}`,
        );
      }
    }
  }
  return wrong;
}
